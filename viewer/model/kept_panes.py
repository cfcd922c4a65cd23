"""The panes as plain values: what a session keeps of them, and how they come back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from viewer.model.compare import ARRANGEMENTS, MODES, MOST_PANES, NOTHING, PHOTO, Content, Pane
from viewer.model.mesh_style import ALL_STYLES
from viewer.model.orbit import Orbit
from viewer.model.window import WindowModel

SHOWN = ("show_cameras", "show_points", "show_grid", "show_meshes")
LARGEST = 1e12  # coordinates beyond which a file is taken for damaged


def panes_to_json(model: WindowModel) -> dict[str, Any]:
    """What is shown, from where, and how the panes stand together."""
    compare = model.compare
    return {
        "panes": [_pane_to_json(pane) for pane in compare.panes],
        "active": compare.active,
        "linked": compare.linked,
        "arrangement": compare.arrangement,
        "divider": compare.divider,
        "split": list(compare.split),
        "up": list(model.up),
        **{name: getattr(model, name) for name in SHOWN},
    }


def take_up_panes(model: WindowModel, values: Mapping[str, Any]) -> bool:
    """Show the panes that `panes_to_json` gave, as far as what they showed is there.

    Panes whose result is gone are left out, a photograph that is gone is no longer stood in, and whatever cannot be
    understood stays as it is.

    Parameters
    ----------
    model : WindowModel
        With its scene and results.
    values : mapping

    Returns
    -------
    bool
        Whether there was anything to come back to.
    """
    panes = _panes(model, values.get("panes"))
    if not panes:
        return False
    if (up := _triple(values.get("up"))) and math.isclose(math.hypot(*up), 1, abs_tol=1e-6):
        model.up = up
    for name in SHOWN:
        if isinstance(values.get(name), bool):
            setattr(model, name, values[name])
    _arrange(model, [pane for _, pane in panes], values, active=_active(panes, values.get("active")))
    return True


def _pane_to_json(pane: Pane) -> dict[str, Any]:
    content = {"kind": pane.content.kind, "key": pane.content.key}
    drawn = {"mode": pane.mode, "style": pane.style, "reference": pane.reference}
    return {**content, **drawn, "orbit": dict(vars(pane.orbit)), "view": pane.view}


def _panes(model: WindowModel, documents: Any) -> list[tuple[int, Pane]]:
    """Those that can be shown, with the places they had."""
    listed = documents[:MOST_PANES] if isinstance(documents, list) else []
    panes = [(place, _pane(model, document)) for place, document in enumerate(listed)]
    found = [(place, pane) for place, pane in panes if pane is not None]
    return found if any(pane.content != NOTHING for _, pane in found) else []


def _pane(model: WindowModel, document: Any) -> Pane | None:
    if not isinstance(document, dict):
        return None
    content, orbit = _content(model, document), _orbit(document.get("orbit"))
    if content is None or orbit is None:
        return None
    mode, style, view = document.get("mode"), document.get("style"), document.get("view")
    there = any(view == each.name for each in model.views)
    reference = next((result.key for result in model.results if result.key == document.get("reference")), "")
    return Pane(
        content,
        mode if mode in MODES else "color",
        style if style in ALL_STYLES else "shaded",
        reference,
        orbit,
        view if there else None,
    )


def _content(model: WindowModel, document: Mapping[str, Any]) -> Content | None:
    kind, key = document.get("kind"), document.get("key")
    if kind in ("result", "difference"):
        return next((Content(kind, result.key) for result in model.results if result.key == key), None)
    return PHOTO if kind == "photo" and model.views else NOTHING if kind == "nothing" else None


def _orbit(values: Any) -> Orbit | None:
    if not isinstance(values, dict):
        return None
    usual = asdict(Orbit())
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name not in usual or not _like(value, [0.0] * 3 if name == "center" and value else usual[name]):
            return None
        kept[name] = tuple(value) if isinstance(value, (list, tuple)) else value
    orbit = Orbit(**kept)
    sound = orbit.distance > 0 and 0 < orbit.field_of_view < math.pi and orbit.magnification > 0 and any(orbit.up)
    return orbit if sound else None


def _like(value: Any, usual: Any) -> bool:
    """Whether a value is of the kind that stands there usually: numbers, as many of them, or a truth."""
    if isinstance(usual, (list, tuple)):
        same = isinstance(value, (list, tuple)) and len(value) == len(usual)
        return same and all(_like(*pair) for pair in zip(value, usual, strict=True))
    if usual is None or isinstance(usual, bool):
        return type(value) is type(usual)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST


def _triple(value: Any) -> tuple[float, float, float] | None:
    return tuple(map(float, value)) if _like(value, [0.0] * 3) else None  # type: ignore[return-value]  # there are three


def _active(panes: list[tuple[int, Pane]], wanted: Any) -> int:
    return next((place for place, (before, _) in enumerate(panes) if before == wanted), 0)


def _arrange(model: WindowModel, panes: list[Pane], values: Mapping[str, Any], *, active: int) -> None:
    compare = model.compare
    # While the panes change, none must be spoken of that is not there.
    compare.active, compare.arrangement = 0, "panes"
    if isinstance(values.get("linked"), bool):
        compare.linked = values["linked"]
    if compare.linked:
        panes = [replace(pane, orbit=panes[active].orbit, view=panes[active].view) for pane in panes]
    compare.panes = tuple(panes)
    compare.activate(active)
    if _like(values.get("divider"), 0.0):
        compare.move_divider(values["divider"])
    if _like(values.get("split"), [0.0] * 2):
        compare.move_split(*values["split"])
    if values.get("arrangement") in ARRANGEMENTS:
        compare.arrange(values["arrangement"])
