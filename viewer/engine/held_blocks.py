"""Blocks that the engine holds: as edits leave them, with the splats that they carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recon.editing import Edited, Replay
from recon.editing.blocks import Carrying, EditedBlocks
from recon.errors import TriptychError
from recon.scene import Blocks

if TYPE_CHECKING:
    from recon.render.draw import Drawer


class HeldBlocks:
    """Blocks under edit; what draws them, and what draws their splats, is made when it is first asked for.

    Parameters
    ----------
    blocks : Blocks
        A result before any operation.
    splats_at : callable
        Gives the splats at a path as their own edits leave them; the same object as long as they are the same.
    """

    def __init__(self, blocks: Blocks, splats_at: Callable[[str], Edited]) -> None:
        self._made = blocks
        self._splats_at = splats_at
        self._replay = Replay(EditedBlocks.of(blocks))
        self._operations: tuple[Any, ...] = ()
        self._drawer: tuple[Blocks, Drawer] | None = None
        self._source: Edited | None = None
        self._carrying: Carrying | None = None
        self._splat_drawer: Drawer | None = None
        self._moved = False  # since the splats were last drawn

    @property
    def edited(self) -> EditedBlocks:
        """The blocks as they are now."""
        return self._replay.current

    @property
    def carries(self) -> str:
        """Path of the splats that they carry; empty for none."""
        return self.edited.carries if self._carrying else ""

    def edit(self, operations: tuple[Any, ...]) -> str:
        """Have the blocks as all these operations leave them.

        Returns
        -------
        str
            Why the splats that they are to carry cannot be carried; empty where all is well.

        Raises
        ------
        InputError
            If they are about blocks that are not there; nothing has changed then.
        """
        self._replay.apply(operations)
        self._operations, self._moved = operations, True
        try:
            self._bind()
        except TriptychError as error:
            self._source = self._carrying = self._splat_drawer = None
            return str(error)
        return ""

    @property
    def drawer(self) -> Drawer:
        """Draws the blocks."""
        from recon.render.draw import Drawer

        blocks = self.edited.blocks
        if self._drawer is None or self._drawer[0] is not blocks:
            self._drawer = blocks, Drawer(blocks)
        return self._drawer[1]

    @property
    def splat_drawer(self) -> Drawer:
        """Draws the splats that they carry, without those of hidden blocks; where they carry none, the blocks."""
        from recon.render.draw import Drawer

        if self._carrying is None:
            return self.drawer
        self._bind()
        if self._splat_drawer is None or self._moved:
            splats, self._moved = self._carrying.apply(self._operations).visible, False
            if self._splat_drawer is None or self._splat_drawer.geometry is not splats:
                self._splat_drawer = Drawer(splats)
        return self._splat_drawer

    def _bind(self) -> None:
        """Bind the splats that are to be carried, where they are others than before."""
        if not self.edited.carries:
            self._source = self._carrying = self._splat_drawer = None
            return
        source, before = self._splats_at(self.edited.carries), self._source
        if before is None or source.splats is not before.splats or source.hidden is not before.hidden:
            visible = source.splats.part(~source.hidden) if source.hidden.any() else source.splats
            self._carrying, self._moved = Carrying(visible, self._made), True
        self._source = source
