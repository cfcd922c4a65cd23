"""What a search looks at: whether blocks are parts of one thing, and where one is missing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from recon.methods.blocking import moves
from recon.methods.blocking.births import missed_place
from recon.methods.blocking.ground import Place
from recon.methods.blocking.likeness import likeness
from recon.methods.blocking.losses import picture
from recon.methods.blocking.model import raw_of
from recon.methods.blocking.photographs import Photographs
from recon.methods.blocking.trainer import Trainer
from recon.methods.blocks import Config
from recon.scene import Similarity
from sample_scenes import as_capture, draw
from sample_scenes.blocks import make_blocks, truth_blocks


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """With the true blocks of a scene in its first slots, and one slot free: every block has colours of its own."""
    scene = make_blocks(3, views=9)
    capture, truth = as_capture(scene, draw(scene, 1)), truth_blocks(scene)
    photographs = Photographs(capture.train, 128, Similarity(), torch.device("cpu"))
    config = Config(max_blocks=len(truth) + 1, texture_size=4)
    made = Trainer(config, photographs, Place(Similarity(), np.zeros((0, 3))), 0)
    with torch.no_grad():
        for name, array in raw_of(truth).items():
            made.model[name][: len(truth)] = torch.from_numpy(array)
        made.model["logits"][:] = 4
    made.model.alive[:] = [True] * len(truth) + [False]
    return made


def test_things_of_other_colours_are_unlike(trainer):
    first, second = likeness(trainer, (0, 1, 2), trainer.stage)
    assert max(first, second) < 0.6


def test_halves_of_a_thing_are_alike(trainer):
    before = trainer.snapshot()
    moves.split(trainer.model, trainer.optimizer, 0, 3)
    (alike,) = likeness(trainer, (0, 3), trainer.stage)
    trainer.restore(before)
    assert alike > 0.85


def test_what_no_photograph_shows_is_like_everything(trainer):
    before = trainer.snapshot()
    with torch.no_grad():
        trainer.model["centers"][1] = torch.tensor([0.0, 0.0, 50.0])
    assert likeness(trainer, (0, 1), trainer.stage) == [1.0]
    trainer.restore(before)


class Drawn:
    """Photographs of what the model looks like now."""

    def __init__(self, trainer: Trainer) -> None:
        surfels, photographs = trainer.surfels(trainer.stage), trainer.photographs
        taken = [photographs.read(index, trainer.stage.divisor) for index in range(len(photographs))]
        self.taken = [replace(one, color=picture(trainer.model, surfels, one).detach()) for one in taken]

    def __len__(self) -> int:
        return len(self.taken)

    def read(self, index: int, divisor: int):  # noqa: ARG002
        return self.taken[index]


def test_a_block_that_is_gone_is_missed_where_it_was(trainer, monkeypatch):
    before, gone = trainer.snapshot(), trainer.model["centers"][1].detach().numpy().copy()
    with torch.no_grad():
        trainer.model["tiles_1"][6:12] = 3
    monkeypatch.setattr(trainer, "photographs", Drawn(trainer))
    trainer.model.alive[1] = False
    place = missed_place(trainer, trainer.stage, [])
    other = missed_place(trainer, trainer.stage, [place])
    trainer.restore(before)
    assert np.linalg.norm(place - gone) < 0.15
    assert np.linalg.norm(other - place) > 0.3
