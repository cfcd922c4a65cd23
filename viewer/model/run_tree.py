"""The runs there are, as a tree of who was branched off from whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from psygnal import Signal

from recon.errors import TriptychError
from recon.runs import load_run
from recon.runs.folder import RUN
from viewer.model.parameter_form import differences
from viewer.model.run_entry import RunEntry, Signature, read_entry, signature

BUSY = "{name} is running. Stop it first."


class RunTree:
    """Runs found in folders, those of one capture.

    Parameters
    ----------
    folders : iterable of Path
        Whose sub-folders are looked at; more are added by `watch`.

    Attributes
    ----------
    changed : Signal
        Other runs are there, or one has changed.
    refused : Signal
        Emitted with a sentence.
    entries : tuple of RunEntry
        The eldest first.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self.folders: tuple[Path, ...] = ()
        self.entries: tuple[RunEntry, ...] = ()
        self._capture: str | None = None
        self._known: dict[Path, tuple[Signature, RunEntry]] = {}
        for folder in folders:
            self._add_folder(folder)

    @property
    def capture(self) -> str | None:
        """Absolute path of the capture whose runs are shown; None for the runs of all."""
        return self._capture

    @capture.setter
    def capture(self, capture: str | None) -> None:
        self._capture = capture
        self.refresh()

    def watch(self, folder: Path) -> None:
        """Look for runs in a folder too; given a run, in the folder it is in."""
        self._add_folder(folder.parent if (folder / RUN).is_file() else folder)
        self.refresh()

    def refresh(self) -> None:
        """Look at the folders again; what has not changed is not read."""
        seen = {path: self._looked_at(path) for path in self._paths()}
        self._known = seen
        every = _with_families([entry for _, entry in seen.values()])
        chosen = tuple(entry for entry in every if self._capture in {None, entry.capture} or not entry.capture)
        if chosen != self.entries:
            self.entries = chosen
            self.changed.emit()

    def entry(self, path: Path) -> RunEntry | None:
        """What is known of a run folder."""
        return next((entry for entry in self.entries if entry.path == path), None)

    @property
    def roots(self) -> tuple[RunEntry, ...]:
        """Runs whose parent is not among these."""
        paths = {entry.path for entry in self.entries}
        return tuple(entry for entry in self.entries if entry.parent not in paths)

    def children(self, path: Path) -> tuple[RunEntry, ...]:
        """Runs that were branched off from one."""
        return tuple(entry for entry in self.entries if entry.parent == path)

    def rename(self, path: Path, name: str) -> Path | None:
        """Give a run folder another name; its children follow. The new path, or None where it was refused."""
        target = path.parent / name
        sentence = self._why_not_rename(path, name, target)
        if sentence:
            self.refused.emit(sentence)
            return None
        if target == path:
            return path
        try:
            path.rename(target)
            for child in self.children(path):
                run = load_run(child.path)
                replace(run, parent=str(target)).save()
        except (TriptychError, OSError) as error:
            self.refused.emit(f"{path.name} could not be renamed: {error}.")
        self.refresh()
        return target

    def delete(self, path: Path) -> bool:
        """Move a run folder to the bin; its children stay. Whether it was done."""
        if _is_busy(path):
            self.refused.emit(BUSY.format(name=path.name))
            return False
        from send2trash import send2trash

        try:
            send2trash(path)
        except OSError as error:
            self.refused.emit(f"{path.name} could not be moved to the bin: {error}. Delete the folder by hand: {path}")
            return False
        finally:
            self.refresh()
        return True

    def _add_folder(self, folder: Path) -> None:
        folder = folder.absolute()
        if folder not in self.folders:
            self.folders = (*self.folders, folder)

    def _paths(self) -> list[Path]:
        found = []
        for folder in self.folders:
            try:
                found += sorted(child for child in folder.iterdir() if (child / RUN).is_file() and child.name[0] != ".")
            except OSError:  # not there yet, or not any more
                continue
        return found

    def _looked_at(self, path: Path) -> tuple[Signature, RunEntry]:
        now = signature(path)
        known = self._known.get(path)
        if known and known[0] == now and known[1].status != "running":  # a killed run writes no last word
            return known
        return now, read_entry(path)

    def _why_not_rename(self, path: Path, name: str, target: Path) -> str:
        if _is_busy(path):
            return BUSY.format(name=path.name)
        if not re.fullmatch(r"[\w][\w .+-]*", name):
            return f"The name becomes a folder, so it cannot be {name!r}. Use letters, digits, spaces, and . + - _"
        if target != path and target.exists():
            return f"There is a {name} already. Choose another name."
        return ""


def _is_busy(path: Path) -> bool:
    return read_entry(path).status == "running"


def _with_families(entries: list[RunEntry]) -> list[RunEntry]:
    """Sort runs by age and compare each with its parent; one that was moved along with it is found beside the run."""
    by_path = {entry.path: entry for entry in entries}
    related = [_with_parent(entry, by_path) for entry in entries]
    return sorted(related, key=lambda entry: (entry.created is None, str(entry.created), entry.name))


def _with_parent(entry: RunEntry, by_path: Mapping[Path, RunEntry]) -> RunEntry:
    if entry.parent is None:
        return entry
    path = entry.parent if entry.parent in by_path else entry.path.with_name(entry.parent.name)
    parent = by_path.get(path)
    if parent is None or path == entry.path:
        return entry
    return replace(entry, parent=path, differences=differences(entry.config, parent.config))
