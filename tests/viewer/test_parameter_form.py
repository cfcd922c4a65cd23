"""The draft of a method's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from recon.errors import InvalidParameter
from recon.methods import parameters
from recon.methods.parameters import parameter
from recon.methods.registry import METHODS, method_named
from viewer.model.parameter_form import NOT_LIVE, NOT_NOW, ParameterForm


@dataclass(frozen=True)
class Config:
    count: int = parameter(10, "How many there are.", unit="pieces", low=1, high=100)
    rate: float = parameter(0.5, "How fast.", low=0.0, high=1.0, live=True, group="Speed")
    limit: float | None = parameter(None, "Where it ends.", low=0, high=9)
    kind: Literal["round", "square"] = parameter("round", "Its form.")
    sh_degree: int | None = parameter(2, "Bands.", low=0, high=3)
    sharp: bool = parameter(False, "Whether it cuts.")

    def __post_init__(self) -> None:
        parameters.check(self)
        if self.kind == "square" and self.count % 4:
            raise InvalidParameter("count must be a multiple of 4 for a square.")


@pytest.fixture
def form() -> ParameterForm:
    return ParameterForm(Config())


def told(signal) -> list:
    heard: list = []
    signal.connect(lambda *values: heard.append(values[0] if values else None))
    return heard


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_form_that_makes_its_presets(method: str) -> None:
    for preset in method_named(method).presets.values():
        form = ParameterForm(method_named(method).config())
        assert form.config == form.base
        for name, value in vars(preset).items():
            form.set(name, str(value))  # as typed
        assert not form.errors
        assert form.config == preset
        assert all(field.label and field.info.help for field in form.fields)


def test_kinds_follow_types(form: ParameterForm) -> None:
    kinds = {field.name: (field.kind, field.optional) for field in form.fields}
    assert kinds == {
        "count": ("int", False),
        "rate": ("float", False),
        "limit": ("float", True),
        "kind": ("choice", False),
        "sh_degree": ("int", True),
        "sharp": ("bool", False),
    }
    assert form.field("kind").choices == ("round", "square")
    assert form.field("sh_degree").label == "SH degree"


def test_a_text_is_parsed_and_what_differs_is_told(form: ParameterForm) -> None:
    heard = told(form.value_changed)
    form.set("count", "12")
    assert form.values["count"] == 12
    assert form.changes == {"count": 12}
    assert form.is_changed("count")
    form.reset("count")
    assert form.changes == {}
    assert heard == ["count", "count"]


def test_none_is_a_value_of_what_may_be_left_out(form: ParameterForm) -> None:
    form.set("limit", "3")
    form.set("limit", "")
    assert form.values["limit"] is None
    form.set("sh_degree", None)
    assert form.config.sh_degree is None


def test_a_wrong_value_stays_with_its_sentence(form: ParameterForm) -> None:
    form.set("count", "many")
    form.set("rate", 7)
    assert form.values["count"] == "many"
    assert form.errors["count"] == "count must be a whole number from 1 to 100, got 'many'."
    assert "rate must be" in form.errors["rate"]
    with pytest.raises(InvalidParameter):
        _ = form.config
    form.set("count", "5")
    form.reset("rate")
    assert form.errors == {}


def test_what_is_wrong_beside_another_value_is_right_once_that_changes(form: ParameterForm) -> None:
    form.set("kind", "square")
    assert form.errors == {"kind": "count must be a multiple of 4 for a square."}
    heard = told(form.value_changed)
    form.set("count", "12")
    assert form.errors == {}
    assert set(heard) == {"count", "kind"}
    assert form.config == Config(count=12, kind="square")


def test_during_a_run_only_live_parameters_may_change(form: ParameterForm) -> None:
    heard = told(form.access_changed)
    assert form.locked("count") == ""
    form.access = "live"
    form.access = "live"
    assert form.locked("count") == NOT_LIVE
    assert form.locked("rate") == ""
    form.access = "none"
    assert form.locked("rate") == NOT_NOW
    assert len(heard) == 2


def test_search_looks_at_names_headings_and_help(form: ParameterForm) -> None:
    assert form.matching("speed") == {"rate"}
    assert form.matching("many COUNT") == {"count"}
    assert form.matching("") == {field.name for field in form.fields}


def test_another_base_replaces_all(form: ParameterForm) -> None:
    form.set("count", "many")
    heard = told(form.replaced)
    form.show(Config(count=20), {"rate": 0.1})
    assert form.values["count"] == 20
    assert form.changes == {"rate": 0.1}
    form.reset_all()
    assert form.changes == {}
    assert len(heard) == 2
