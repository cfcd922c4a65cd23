"""What is compared: one to four panes, what each shows, and from where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args

from psygnal import SignalGroupDescriptor

from viewer.model.mesh_style import MeshStyle
from viewer.model.orbit import Orbit

Mode = Literal["color", "depth", "normals", "alpha", "ellipsoids", "centers", "error"]
Arrangement = Literal["panes", "wipe", "blink"]
Kind = Literal["nothing", "result", "photo", "difference"]

MODES: tuple[Mode, ...] = get_args(Mode)
MODE_TITLES: dict[Mode, str] = {
    "color": "Colour",
    "depth": "Depth",
    "normals": "Normals",
    "alpha": "Alpha",
    "ellipsoids": "Ellipsoids",
    "centers": "Centres",
    "error": "Error",
}
ARRANGEMENTS: tuple[Arrangement, ...] = get_args(Arrangement)
MOST_PANES = 4
NARROWEST = 0.05  # part of the place that a divider leaves on either side


@dataclass(frozen=True)
class Content:
    """What a pane shows.

    Parameters
    ----------
    kind : {"nothing", "result", "photo", "difference"}
        "difference" is that of a result against the selected photograph.
    key : str
        Of the result; empty where there is none.
    """

    kind: Kind = "nothing"
    key: str = ""

    @classmethod
    def result(cls, key: str) -> Content:
        """A result."""
        return cls("result", key)

    @classmethod
    def difference(cls, key: str) -> Content:
        """How far a result is from the selected photograph."""
        return cls("difference", key)


NOTHING, PHOTO = Content(), Content("photo")
SOMEWHERE = Orbit()


@dataclass(frozen=True)
class Pane:
    """One place of the comparison.

    Parameters
    ----------
    content : Content
    mode : str
        How splats are drawn, one of `MODES`.
    style : str
        How meshes and blocks are drawn, one of `ALL_STYLES`.
    reference : str
        Key of the mesh that distances are measured to; empty for the first other one.
    orbit : Orbit
        From where it is seen.
    view : str, optional
        The photograph one stands in exactly; None where one has moved on.
    """

    content: Content = NOTHING
    mode: Mode = "color"
    style: MeshStyle = "shaded"
    reference: str = ""
    orbit: Orbit = SOMEWHERE
    view: str | None = None

    @property
    def drawn_mode(self) -> Mode:
        """How the engine is to draw it."""
        return "error" if self.content.kind == "difference" else self.mode


@dataclass(eq=False)
class CompareModel:
    """The panes and how they stand together. Assigning a field announces it through `events`.

    Parameters
    ----------
    panes : tuple of Pane
        One to four.
    active : int
        The pane that commands are for.
    linked : bool
        Whether all panes are seen from one place.
    arrangement : {"panes", "wipe", "blink"}
        Side by side; or the first two in one place, parted by a divider or in turns.
    divider : float
        Where a wipe parts them, as a part of the width.
    flipped : bool
        Whether a blink shows the second.
    split : (2,) tuple
        Where columns and rows of panes part, as parts of width and height.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    panes: tuple[Pane, ...] = (Pane(),)
    active: int = 0
    linked: bool = True
    arrangement: Arrangement = "panes"
    divider: float = 0.5
    flipped: bool = False
    split: tuple[float, float] = (0.5, 0.5)

    @property
    def pane(self) -> Pane:
        """The active pane."""
        return self.panes[self.active]

    @property
    def visible(self) -> tuple[int, ...]:
        """The panes on screen."""
        count = len(self.panes)
        if self.arrangement == "panes" or count < 2:
            return tuple(range(count))
        return (0, 1) if self.arrangement == "wipe" else (int(self.flipped),)

    @property
    def drawn(self) -> tuple[int, ...]:
        """The panes to have pictures of: those on screen, and both of a blink."""
        return (0, 1) if self.arrangement == "blink" and len(self.panes) > 1 else self.visible

    @property
    def keys(self) -> tuple[str, ...]:
        """The results that are shown, each once."""
        keys = (pane.content.key for pane in (self.panes[index] for index in self.visible))
        return tuple(dict.fromkeys(key for key in keys if key))

    def activate(self, index: int) -> None:
        """Let commands be for another pane."""
        self.active = index % len(self.panes)

    def activate_next(self) -> None:
        """Let commands be for the next pane."""
        self.activate(self.active + 1)

    def show(self, content: Content, index: int | None = None) -> None:
        """Show something in a pane, the active one unless told."""
        self._change(index, content=content)

    def set_mode(self, mode: Mode, index: int | None = None) -> None:
        """Draw a pane's result in another way."""
        self._change(index, mode=mode)

    def set_style(self, style: MeshStyle, index: int | None = None) -> None:
        """Draw a pane's meshes and blocks in another way."""
        self._change(index, style=style)

    def measure_to(self, key: str, index: int | None = None) -> None:
        """Measure the distances of a pane's mesh to this one."""
        self._change(index, reference=key)

    def next_mode(self) -> None:
        """Draw the active pane's result in the next way there is."""
        self.set_mode(MODES[(MODES.index(self.pane.mode) + 1) % len(MODES)])

    def add(self, content: Content = NOTHING) -> None:
        """Open another pane beside the others, seen from where the active one is; four are the most."""
        if len(self.panes) < MOST_PANES:
            self.panes = (*self.panes, replace(self.pane, content=content, mode="color", style="shaded"))

    def show_beside(self, content: Content) -> None:
        """Show something that is not shown yet: in an empty active pane, beside the others, or in the active one."""
        if any(pane.content == content for pane in self.panes):
            return
        if self.pane.content == NOTHING or len(self.panes) == MOST_PANES:
            self.show(content)
        else:
            self.add(content)

    def close(self, index: int | None = None) -> None:
        """Close a pane; the last one is emptied instead."""
        index = self.active if index is None else index
        if len(self.panes) == 1:
            self.show(NOTHING, 0)
            return
        kept = self.panes[:index] + self.panes[index + 1 :]
        self.active = min(self.active - (index < self.active), len(kept) - 1)
        self.panes = kept
        if len(kept) < 2:
            self.arrangement = "panes"

    def set_contents(self, contents: tuple[Content, ...]) -> None:
        """Show these side by side, as many as there is place for, all from where the active pane is seen."""
        first = replace(self.pane, mode="color", style="shaded")
        self.active, self.arrangement = 0, "panes"
        self.panes = tuple(replace(first, content=content) for content in contents[:MOST_PANES] or (NOTHING,))

    def arrange(self, arrangement: Arrangement) -> None:
        """Stand the panes another way; two are needed for a wipe or a blink."""
        if arrangement == "panes" or len(self.panes) > 1:
            self.arrangement = arrangement
            if arrangement != "panes":
                self.activate(min(self.active, 1))
                self._place(self.pane.orbit, self.pane.view)

    def flip(self) -> None:
        """Let a blink show the other one."""
        self.flipped = not self.flipped

    def move_divider(self, place: float) -> None:
        """Part a wipe elsewhere, at a part of the width."""
        self.divider = _within(place)

    def move_split(self, x: float, y: float) -> None:
        """Part columns and rows elsewhere, at parts of width and height."""
        self.split = _within(x), _within(y)

    def link(self, linked: bool) -> None:
        """See all panes from where the active one is seen, from now on, or each from its own place."""
        self.linked = linked
        if linked:
            self._place(self.pane.orbit, self.pane.view, everywhere=True)

    def navigate(self, orbit: Orbit, index: int | None = None) -> None:
        """Look at a pane from elsewhere, and at all others with it where they are linked."""
        self._place(orbit, None, index)

    def look_closer(self, orbit: Orbit, index: int | None = None) -> None:
        """Enlarge or shift a pane's picture without leaving the photograph one stands in."""
        self._place(orbit, self.panes[self._index(index)].view, index)

    def stand(self, view: str, orbit: Orbit, *, everywhere: bool = False) -> None:
        """Stand in a photograph."""
        self._place(orbit, view, everywhere=everywhere)

    def forget(self, key: str) -> None:
        """Show nothing where this result was shown; panes beside others close."""
        for index in reversed(range(len(self.panes))):
            if self.panes[index].content.key == key:
                self.close(index)

    def rename(self, old: str, new: str) -> None:
        """Follow a result that is known by another key now."""
        self.panes = tuple(
            replace(
                pane,
                content=replace(pane.content, key=new) if pane.content.key == old else pane.content,
                reference=new if pane.reference == old else pane.reference,
            )
            for pane in self.panes
        )

    def _place(self, orbit: Orbit, view: str | None, index: int | None = None, *, everywhere: bool = False) -> None:
        target = self._index(index)
        together = everywhere or self.linked or self.arrangement != "panes"
        self.panes = tuple(
            replace(pane, orbit=orbit, view=view) if together or number == target else pane
            for number, pane in enumerate(self.panes)
        )

    def _change(self, index: int | None, **changes: Any) -> None:
        target = self._index(index)
        self.panes = tuple(
            replace(pane, **changes) if number == target else pane for number, pane in enumerate(self.panes)
        )

    def _index(self, index: int | None) -> int:
        return self.active if index is None else index


def _within(place: float) -> float:
    return min(max(place, NARROWEST), 1 - NARROWEST)
