"""Commands that mean splats where these are edited, and blocks where those are."""

from __future__ import annotations

from viewer.model.block_editing import BlockModel
from viewer.model.editing import EditModel


class EitherEdit:
    """What both kinds of editing know, passed on to that which has a target.

    Parameters
    ----------
    splats : EditModel
    blocks : BlockModel
    """

    def __init__(self, splats: EditModel, blocks: BlockModel) -> None:
        self._splats, self._blocks = splats, blocks

    @property
    def history(self) -> EditModel | BlockModel:
        """Where steps are taken back."""
        return self._blocks if self._blocks.target else self._splats

    def has_target(self) -> bool:
        """Whether anything can be edited."""
        return self.history.target is not None

    def has_selection(self) -> bool:
        """Whether anything is selected."""
        return bool(self._blocks.selection) if self._blocks.target else self._splats.has_selection

    def delete(self) -> None:
        """Remove what is selected."""
        self.history.delete()

    def hide(self) -> None:
        """Hide what is selected."""
        if self._blocks.target:
            self._blocks.toggle("hidden")
        else:
            self._splats.hide()

    def show_all(self) -> None:
        """Show what was hidden."""
        self.history.show_all()

    def select_all(self) -> None:
        """Select everything that is not hidden."""
        self.history.select_all()

    def select_nothing(self) -> None:
        """Select nothing."""
        if self._blocks.target:
            self._blocks.select(None)
        else:
            self._splats.clear_selection()
