"""Blocks that carry splats: which there are to choose from, and when they are seen."""

from __future__ import annotations

from pathlib import Path

from viewer.model import WindowModel
from viewer.model.block_editing import BlockModel
from viewer.model.run_tree import RunTree

METHOD = "splats"


class Carrying:
    """Offers the splats that are open and those of the capture's runs to be carried.

    Parameters
    ----------
    model : WindowModel
    blocks : BlockModel
    tree : RunTree
    """

    def __init__(self, model: WindowModel, blocks: BlockModel, tree: RunTree) -> None:
        self._model, self._blocks, self._tree = model, blocks, tree
        blocks.events.explode.connect(self._on_exploded)
        model.events.results.connect(self._offer)
        tree.changed.connect(self._offer)
        self._offer()

    def _on_exploded(self, amount: float) -> None:
        self._model.blocks_apart = amount > 0

    def _offer(self, *_: object) -> None:
        results = self._model.results
        titles = {result.key: result.title for result in results if result.kind == "splats" and not result.live}
        finished = [entry for entry in self._tree.entries if entry.method == METHOD and entry.status == "finished"]
        titles |= {str(entry.path): entry.name for entry in finished if str(entry.path) not in titles}
        self._blocks.carriable = {path: title for path, title in titles.items() if Path(path).exists()}
