"""Commands that mean splats where these are edited, and blocks or a mesh where those are."""

from __future__ import annotations

from viewer.model.block_editing import BlockModel
from viewer.model.editing import EditModel
from viewer.model.mesh_editing import MeshEditModel


class EitherEdit:
    """What all kinds of editing know, passed on to that which has a target. Of a mesh nothing is ever selected.

    Parameters
    ----------
    splats : EditModel
    blocks : BlockModel
    mesh : MeshEditModel
    """

    def __init__(self, splats: EditModel, blocks: BlockModel, mesh: MeshEditModel) -> None:
        self._splats, self._blocks, self._mesh = splats, blocks, mesh

    @property
    def history(self) -> EditModel | BlockModel | MeshEditModel:
        """Where steps are taken back."""
        return self._mesh if self._mesh.target else self._selecting

    @property
    def _selecting(self) -> EditModel | BlockModel:
        return self._blocks if self._blocks.target else self._splats

    def has_target(self) -> bool:
        """Whether anything can be selected."""
        return self._selecting.target is not None

    def has_selection(self) -> bool:
        """Whether anything is selected."""
        return bool(self._blocks.selection) if self._blocks.target else self._splats.has_selection

    def delete(self) -> None:
        """Remove what is selected."""
        self._selecting.delete()

    def hide(self) -> None:
        """Hide what is selected."""
        if self._blocks.target:
            self._blocks.toggle("hidden")
        else:
            self._splats.hide()

    def show_all(self) -> None:
        """Show what was hidden."""
        self._selecting.show_all()

    def select_all(self) -> None:
        """Select everything that is not hidden."""
        self._selecting.select_all()

    def select_nothing(self) -> None:
        """Select nothing."""
        if self._blocks.target:
            self._blocks.select(None)
        else:
            self._splats.clear_selection()
