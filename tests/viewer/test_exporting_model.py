"""What a result can become, as the window offers it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from fake_studio import FakeStudio

from recon import parameters
from recon.io import registry
from recon.io.format import Format
from recon.parameters import parameter
from recon.scene.similarity import Similarity
from viewer.model.exporting import ExportModel
from viewer.model.filming import Subject


@dataclass(frozen=True)
class Options:
    level: int = parameter(6, "How hard to press.", low=1, high=9)
    order: Literal["morton", "given"] = parameter("morton", "Order of the splats.")

    def __post_init__(self) -> None:
        parameters.check(self)


PLAIN = Format("plain", "Plain file", (".plain",), "splats", write=print, forecast=lambda *_: 1000)
PRESSED = Format(
    *("pressed", "Pressed file", (".pressed.plain", ".pressed"), "splats"),
    write=print,
    forecast=lambda *_: 10,
    options=Options,
    loses="Positions are rounded.",
)
SHEET = Format("sheet", "Sheet", (".sheet",), "mesh", write=print, forecast=lambda *_: 1)


@pytest.fixture
def formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (PLAIN, PRESSED, SHEET))


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio()


@pytest.fixture
def model(formats: None, studio: FakeStudio, tmp_path: Path) -> ExportModel:
    (tmp_path / "run").mkdir()
    model = ExportModel(studio)
    model.show(Subject("fox, quick", tmp_path / "run"))
    return model


def test_it_offers_what_the_kind_can_become(model: ExportModel, tmp_path: Path) -> None:
    assert [each.name for each in model.formats] == ["plain", "pressed"]
    assert model.out == tmp_path / "run" / "fox-quick.plain"
    model.choose("pressed")
    assert model.out == tmp_path / "run" / "fox-quick.pressed.plain"
    model.set_out(tmp_path / "mine.pressed")
    assert model.out == tmp_path / "mine.pressed", "a suffix that the format has is left"
    model.set_out(tmp_path / "mine.plain")
    assert model.out == tmp_path / "mine.pressed.plain", "one that speaks of another format is not"
    model.choose("plain")
    assert model.out == tmp_path / "mine.plain"
    model.show(Subject("stone", tmp_path / "stone.sheet", "mesh"))
    assert model.out == tmp_path / "stone-export.sheet"
    model.show(None)
    assert "Open a result" in model.refusal


def test_options_are_kept_for_each_format_and_checked(model: ExportModel) -> None:
    assert model.options is None
    model.choose("pressed")
    model.set_option("level", 9)
    model.set_option("order", "given")
    assert model.options == Options(9, "given")
    model.set_option("level", 10)
    assert "level must be" in model.error
    assert model.refusal == model.error
    assert model.options == Options(9, "given")
    model.choose("plain")
    model.choose("pressed")
    assert (model.options, model.refusal) == (Options(9, "given"), "")


def test_an_order_says_everything(model: ExportModel, studio: FakeStudio, tmp_path: Path) -> None:
    upright = Similarity(2.0)
    model.show(model.subject, upright)
    model.choose("pressed")
    model.set_edited(False)
    model.set_frame("project")
    model.export()
    (name, order) = studio.asked[-1]
    assert name == "export"
    assert (order.subject, order.out) == (tmp_path / "run", tmp_path / "run" / "fox-quick.pressed.plain")
    assert (order.format, order.options, order.edited) == ("pressed", Options(), False)
    assert order.target_from_world is upright


def test_overwriting_asks(model: ExportModel, studio: FakeStudio) -> None:
    model.out.write_bytes(b"old")
    model.export()
    assert "exists already" in model.slot.question
    assert studio.asked == []
    model.slot.answer(True)
    assert studio.asked[-1][0] == "export"


def test_sizes_are_estimated_anew_when_they_may_change(model: ExportModel, studio: FakeStudio) -> None:
    assert model.stale
    model.estimate()
    assert studio.asked[-1] == ("forecast", model.subject.path, True, {"plain": None, "pressed": Options()})
    studio.tasks[-1].finish({"plain": 1000, "pressed": 10})
    assert (model.sizes, model.stale) == ({"plain": 1000, "pressed": 10}, False)
    model.choose("pressed")
    assert not model.stale
    model.set_option("level", 1)
    assert (model.sizes, model.stale) == ({}, True)
    model.estimate()
    model.estimate()
    assert studio.stopped == 1, "only the newest question counts"
