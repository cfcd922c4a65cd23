"""Places to come back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

from viewer.model.orbit import Orbit


@dataclass(frozen=True)
class SavedView:
    """A place with a name."""

    name: str
    orbit: Orbit

    def to_json(self) -> dict[str, Any]:
        """As a session keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> SavedView:
        """Read back what `to_json` gave; raises TypeError or KeyError of anything else."""
        orbit: Mapping[str, Any] = document["orbit"]
        values: dict[str, Any] = {name: tuple(of) if isinstance(of, list) else of for name, of in orbit.items()}
        return cls(str(document["name"]), Orbit(**values))


@dataclass(eq=False)
class SavedViews:
    """The places that were saved, in their order; the first nine are numbered. `events.views` tells of changes."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    views: tuple[SavedView, ...] = ()

    def save(self, orbit: Orbit, name: str = "") -> str:
        """Keep a place, in the stead of one of the same name; returns the name, which is made up unless given."""
        name = name or self._unused_name()
        kept = SavedView(name, orbit)
        if any(view.name == name for view in self.views):
            self.views = tuple(kept if view.name == name else view for view in self.views)
        else:
            self.views = (*self.views, kept)
        return name

    def find(self, which: str | int) -> Orbit | None:
        """The place of a name, or of a number from 1."""
        if isinstance(which, int):
            return self.views[which - 1].orbit if 0 < which <= len(self.views) else None
        return next((view.orbit for view in self.views if view.name == which), None)

    def rename(self, old: str, new: str) -> None:
        """Call a place something else; a name that is taken or empty changes nothing."""
        if new and all(view.name != new for view in self.views):
            self.views = tuple(replace(view, name=new) if view.name == old else view for view in self.views)

    def remove(self, name: str) -> None:
        """Let a place go."""
        self.views = tuple(view for view in self.views if view.name != name)

    def _unused_name(self) -> str:
        taken = {view.name for view in self.views}
        number = len(taken) + 1
        while f"View {number}" in taken:
            number += 1
        return f"View {number}"
