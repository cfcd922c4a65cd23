"""Panes that are kept as plain values and come back, whole or damaged, with results that are still there or gone."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sample_scenes
from viewer.model import PHOTO, Content, Orbit, Result, Scene, WindowModel, open_scene
from viewer.model.kept_panes import panes_to_json, take_up_panes

CAPTURE = open_scene([sample_scenes.path("desk")]).capture


def window(*keys: str) -> WindowModel:
    model = WindowModel()
    results = tuple(Result(key, key, "splats", Path(key)) for key in keys)
    model.show_scene(Scene("desk", CAPTURE, results))
    return model


def compared() -> WindowModel:
    """Three panes as a person might have left them."""
    model = window("a", "b")
    compare = model.compare
    compare.add(PHOTO)
    compare.link(False)
    compare.show(Content.difference("b"), 1)
    model.stand_at(CAPTURE.views[2].name)
    compare.navigate(Orbit(pivot=(1, 2, 3), distance=4, center=(0, 0, 1), parallel=True), 1)
    compare.set_mode("depth", 0)
    compare.activate(1)
    compare.move_split(0.3, 0.6)
    compare.move_divider(0.7)
    compare.set_style("distance", 0)
    compare.measure_to("b", 0)
    model.show_grid, model.show_points = False, True
    return model


def kept(model: WindowModel) -> dict[str, Any]:
    """Through a file."""
    return json.loads(json.dumps(panes_to_json(model)))


def test_all_comes_back() -> None:
    before, again = compared(), window("a", "b")
    assert take_up_panes(again, kept(before))
    for name in ("panes", "active", "linked", "arrangement", "divider", "split"):
        assert getattr(again.compare, name) == getattr(before.compare, name), name
    assert (again.show_grid, again.show_points) == (False, True)
    assert kept(again) == kept(before)


@pytest.mark.parametrize("arrangement", ["wipe", "blink"])
def test_an_arrangement_comes_back(arrangement: str) -> None:
    before, again = window("a", "b"), window("a", "b")
    before.compare.arrange(arrangement)
    before.turn_up()
    take_up_panes(again, kept(before))
    assert again.compare.arrangement == arrangement
    assert again.compare.panes == before.compare.panes
    assert again.up == before.up


def test_panes_of_results_that_are_gone_are_left_out() -> None:
    before, again = compared(), window("a")
    assert take_up_panes(again, kept(before))
    assert [pane.content for pane in again.compare.panes] == [Content.result("a"), PHOTO]
    assert again.compare.active == 0  # the one that was active is gone
    before.compare.activate(2)
    take_up_panes(again, kept(before))
    assert again.compare.pane.content == PHOTO


def test_where_all_is_gone_what_is_shown_stays() -> None:
    before, again = window("a"), window("c")
    shown = again.compare.panes
    assert not take_up_panes(again, kept(before))
    assert again.compare.panes == shown


def test_one_pane_is_neither_wiped_nor_blinked() -> None:
    before, again = window("a", "b"), window("b")
    before.compare.arrange("wipe")
    take_up_panes(again, kept(before))
    assert again.compare.arrangement == "panes"
    assert again.compare.visible == (0,)


def test_photographs_that_are_gone_are_not_stood_in() -> None:
    before, again = compared(), window("a", "b")
    again.scene = Scene("others", None, again.scene.results)
    take_up_panes(again, kept(before))
    assert [pane.view for pane in again.compare.panes] == [None, None]
    assert PHOTO not in [pane.content for pane in again.compare.panes]


def test_nothing_is_told_of_panes_that_are_not_there() -> None:
    """Listeners look at the active pane, whatever they are told of."""
    before, again = compared(), window("a", "b")
    before.compare.activate(2)
    seen = []
    again.compare.events.connect(lambda _: seen.append(again.compare.pane))
    take_up_panes(again, kept(before))
    take_up_panes(again, kept(window("a")))
    assert len(seen) > 2


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(document: Any, path: tuple = ()) -> list[tuple]:
    """All there are in a document, as what to go through to get there."""
    listed = dict(enumerate(document)) if isinstance(document, list) else document
    inner = listed.items() if isinstance(listed, dict) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


DOCUMENT = kept(compared())
MODEL = window("a", "b")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(places(DOCUMENT)[1:]), JSON)
def test_damaged_values_never_hurt(place: tuple, junk: Any) -> None:
    document = copy.deepcopy(DOCUMENT)
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = junk
    take_up_panes(MODEL, document)
    compare = MODEL.compare
    assert 1 <= len(compare.panes) <= 4
    compare.pane.orbit.camera(80, 60)
    assert 0 < compare.divider < 1
    json.dumps(panes_to_json(MODEL))
