"""What a result can become: formats, their options, the size of the file, and what it will not keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from psygnal import Signal

from recon.errors import InvalidParameter
from recon.io import registry
from recon.io.format import Format
from recon.parameters import with_values
from recon.scene.similarity import Similarity
from viewer.model.filming import Subject
from viewer.model.task_list import Task
from viewer.model.task_slot import TaskSlot

Frame = Literal["capture", "project"]


@dataclass(frozen=True, eq=False)
class ExportOrder:
    """A file to be written.

    Parameters
    ----------
    subject : Path
        A run folder, or a file.
    out : Path
    format : str
        Name of the format.
    options : object, optional
        An instance of the format's `options`.
    edited : bool
        Whether edits saved beside the result are applied.
    target_from_world : Similarity, optional
        Applied to what is written, to a world with z up; formats with an up axis of their own are turned to that. None
        leaves it in the capture's frame.
    """

    subject: Path
    out: Path
    format: str
    options: Any = None
    edited: bool = True
    target_from_world: Similarity | None = None


class Exporter(Protocol):
    """Whoever writes files beside the window."""

    def export(self, order: ExportOrder) -> Task:
        """Write a file; the task gives its path."""
        ...

    def forecast(self, subject: Path, edited: bool, options: Mapping[str, Any]) -> Task:
        """Estimate files; the task gives bytes by name of format. `options` are those of each format."""
        ...


class ExportModel:
    """The choice of a format, its options, and where it goes.

    Parameters
    ----------
    exporter : Exporter

    Attributes
    ----------
    subject : Subject, optional
    formats : tuple of Format
        What the subject can become, the usual one first.
    format : Format, optional
        The chosen one.
    error : str
        What is wrong with the options; empty where nothing is.
    edited : bool
        Whether edits are applied.
    frame : {"capture", "project"}
        Whether the file lies as the capture does, or upright and to scale as the project says.
    project_from_world : Similarity, optional
        What the project says; None where it says nothing.
    sizes : mapping of format name to int
        Expected bytes, as far as they are known.
    stale : bool
        Whether `estimate` should be called, once the user has finished choosing.
    slot : TaskSlot
    changed : Signal
    """

    changed = Signal()

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self.slot = TaskSlot()
        self.subject: Subject | None = None
        self.formats: tuple[Format[Any], ...] = ()
        self.format: Format[Any] | None = None
        self.error = ""
        self.edited = True
        self.frame: Frame = "capture"
        self.project_from_world: Similarity | None = None
        self.sizes: dict[str, int] = {}
        self._options: dict[str, Any] = {}
        self._out: Path | None = None
        self._estimate: Task | None = None
        self.stale = True

    def show(self, subject: Subject | None, project_from_world: Similarity | None = None) -> None:
        """Export this from now on."""
        same_kind = self.subject and subject and self.subject.kind == subject.kind
        self.subject, self.project_from_world, self._out = subject, project_from_world, None
        self.formats = registry.writable(subject.kind) if subject else ()
        if subject and subject.carries:
            self.formats += registry.writable("splats")
        if not same_kind or self.format not in self.formats:
            self.format = self.formats[0] if self.formats else None
        self._forget_sizes()
        self.changed.emit()

    def choose(self, name: str) -> None:
        """Choose a format; the name of the file follows."""
        self.format = next(each for each in self.formats if each.name == name)
        self.error = ""
        if self._out is not None:
            self._out = self._with_suffix(self._out)
        self.changed.emit()

    @property
    def options(self) -> Any:
        """The options of the chosen format; None where it has none."""
        return self._options_of(self.format) if self.format else None

    def set_option(self, name: str, value: Any) -> None:
        """Change one option of the chosen format; one that will not do is told in `error`, and nothing changes."""
        if self.format is None:
            return
        try:
            self._options[self.format.name] = with_values(self.options, {name: value})
            self.error = ""
        except InvalidParameter as error:
            self.error = str(error)
        else:
            self._forget_sizes()
        self.changed.emit()

    def set_edited(self, edited: bool) -> None:
        """Apply edits, or export the result as it was made."""
        self.edited = edited
        self._forget_sizes()
        self.changed.emit()

    def set_frame(self, frame: Frame) -> None:
        """Choose whether the file lies as the capture does, or as the project says."""
        self.frame = frame
        self.changed.emit()

    @property
    def out(self) -> Path | None:
        """Where the file goes."""
        if self._out or self.subject is None or self.format is None:
            return self._out
        return self._with_suffix(
            self.subject.beside(_plain(self.subject.title))
            if self.subject.path.is_dir()
            else self.subject.path.with_name(f"{self.subject.path.stem}-export")
        )

    def set_out(self, path: Path) -> None:
        """Choose where the file goes."""
        self._out = self._with_suffix(path)
        self.changed.emit()

    @property
    def refusal(self) -> str:
        """Why nothing can be exported now; empty where it can."""
        if self.subject is None:
            return "Open a result to export it."
        if self.format is None:
            return f"There is no format for a {self.subject.kind} yet."
        return self.error

    def export(self) -> None:
        """Start, unless something is in the way; asks before it writes over anything."""
        if self.refusal or self.slot.busy or self.subject is None or self.format is None or self.out is None:
            return
        target = self.project_from_world if self.frame == "project" else None
        order = ExportOrder(self.subject.path, self.out, self.format.name, self.options, self.edited, target)
        self.slot.ask_before_overwriting(order.out, lambda: self._exporter.export(order))

    def estimate(self) -> None:
        """Find out how large the files will be; only the newest question counts."""
        self._forget_sizes()
        self.stale = False
        if self.subject and self.formats:
            options = {each.name: self._options_of(each) for each in self.formats}
            self._estimate = self._exporter.forecast(self.subject.path, self.edited, options)
            self._estimate.finished.connect(self._on_estimated)

    def _forget_sizes(self) -> None:
        if self._estimate:
            self._estimate.cancel()
        self.sizes, self._estimate, self.stale = {}, None, True

    def _on_estimated(self, sizes: dict[str, int]) -> None:
        self.sizes, self._estimate = sizes, None
        self.changed.emit()

    def _options_of(self, form: Format[Any]) -> Any:
        return self._options.get(form.name, form.default_options())

    def _with_suffix(self, path: Path) -> Path:
        """The same place, named as the chosen format is."""
        if self.format is None:
            return path
        known = sorted({suffix for each in self.formats for suffix in each.suffixes}, key=len, reverse=True)
        ending = next((suffix for suffix in known if path.name.lower().endswith(suffix)), "")
        if ending in self.format.suffixes:
            return path
        stem = path.name[: len(path.name) - len(ending)]
        return path.with_name(stem + self.format.suffixes[0])


def _plain(title: str) -> str:
    """A title as the name of a file."""
    return re.sub(r"[^\w.-]+", "-", title).strip("-.") or "export"
