"""Any result moved as a whole, by an edit of its kind."""

from __future__ import annotations

from recon.editing import Placement, altering
from recon.editing.blocks import MoveBlocks
from recon.editing.meshes import MoveMesh
from recon.scene import Similarity
from viewer.model.block_editing import BlockModel
from viewer.model.editing import EditModel
from viewer.model.mesh_editing import MeshEditModel
from viewer.model.window import WindowModel

GONE = "{title} is no longer shown, so it was not moved. Show it, and register it again."


class Moving:
    """Moves results as a whole.

    Parameters
    ----------
    model : WindowModel
    edit : EditModel
    blocks : BlockModel
    mesh : MeshEditModel
    """

    def __init__(self, model: WindowModel, edit: EditModel, blocks: BlockModel, mesh: MeshEditModel) -> None:
        self._model = model
        self._edit, self._blocks, self._mesh = edit, blocks, mesh

    def edits(self, key: str) -> tuple[object, ...]:
        """The steps that have changed a result's geometry."""
        steps = altering(self._edit.steps_of(key)), altering(self._blocks.steps_of(key)), self._mesh.steps_of(key)
        return tuple(step for each in steps for step in each)

    def move(self, key: str, similarity: Similarity) -> str:
        """Move a result, as a step that can be taken back; returns a sentence where it is not shown any more."""
        panes = self._model.compare.panes
        places = [index for index, pane in enumerate(panes) if pane.content.key == key]
        if not places:
            return GONE.format(title=self._model.result(key).title)
        self._model.compare.activate(places[0])
        placement = Placement.of(similarity)
        edit, blocks, mesh = self._edit, self._blocks, self._mesh
        if blocks.target is not None:
            blocks.do(MoveBlocks(blocks.target.edited.numbers, placement))
        elif mesh.target is not None:
            mesh.do(MoveMesh(placement))
        elif edit.target is not None:
            if edit.has_selection:
                edit.clear_selection()  # a selection would be moved alone
            edit.transform(similarity)
        return ""
