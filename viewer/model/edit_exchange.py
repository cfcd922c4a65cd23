"""Between edits, engine and files: what is asked for, what is shown, and what is saved beside a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from recon.editing import (
    AnyOperation,
    Eye,
    Histogram,
    Operation,
    SeenFrom,
    SelectByValue,
    SelectFloaters,
    Triple,
    edits_path,
    load_edits,
    save_edits,
    to_json,
)
from recon.errors import TriptychError
from recon.scene import Camera
from viewer.model.edit_history import History

Save = Callable[[Path, Any], None]


def write_edits(result: Path, operations: Sequence[AnyOperation], save: Save | None) -> str:
    """Write operations beside a result, at once where nothing else saves; say why where that cannot be."""
    try:
        if save:
            save(edits_path(result), to_json(operations))
        else:
            save_edits(edits_path(result), operations)
    except TriptychError as error:
        return str(error)
    return ""


class Editor(Protocol):
    """What shows a result edited: the engine."""

    def edit(self, key: str, operations: Sequence[AnyOperation]) -> None:
        """Show a result as all these operations leave it; `EditModel.on_edited` or `on_refused` follows."""


class Told(Protocol):
    """What the engine tells of an edited result."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def count(self) -> int: ...  # noqa: D102
    @property
    def selected(self) -> int: ...  # noqa: D102
    @property
    def hidden(self) -> int: ...  # noqa: D102
    @property
    def center(self) -> Triple: ...  # noqa: D102
    @property
    def size(self) -> Triple: ...  # noqa: D102
    @property
    def histograms(self) -> Mapping[str, Histogram]: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Target:
    """A result that can be edited.

    Parameters
    ----------
    key : str
    path : Path
        Its run folder or its file.
    eyes : tuple of Eye
        Of its training views.
    history : History
        As the engine shows it.
    provisional : Operation, optional
        What the engine shows besides, while it is still being made.
    told : Told, optional
        What the engine said last.
    saves : bool
        False where there is a file of edits that could not be understood, which must not be lost.
    """

    key: str
    path: Path
    eyes: tuple[Eye, ...] = ()
    history: History[Operation] = field(default_factory=History)
    provisional: Operation | None = None
    told: Told | None = None
    saves: bool = True

    @property
    def shown(self) -> Wish:
        """What the engine shows."""
        return Wish(self.history, self.provisional)

    def sent(self, operations: Sequence[Operation]) -> tuple[Operation, ...]:
        """Operations as the engine and the file need them: with the cameras, where there are any."""
        return (SeenFrom(self.eyes), *operations) if self.eyes else tuple(operations)


@dataclass(frozen=True, eq=False)
class Wish:
    """What the engine is to show: a history, and an operation that is still being made."""

    history: History[Operation]
    provisional: Operation | None = None

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What the engine is to apply."""
        return self.history.done if self.provisional is None else (*self.history.done, self.provisional)


class EditExchange:
    """Keeps the engine and the files at what is wished for.

    A history moves when the engine has shown the step, and stays where it was when the engine refuses. For each result
    one list at a time is with the engine; of those that wait only the newest counts.

    Parameters
    ----------
    editor : Editor
    save : callable, optional
        Given a path and a JSON document after every step; writes at once by default.
    changed : callable
        Given each target that is new or has changed.
    said : callable
        Given the sentence that is to be shown; empty where all is well.
    """

    def __init__(
        self, editor: Editor, save: Save | None, changed: Callable[[Target], None], said: Callable[[str], None]
    ) -> None:
        self.targets: dict[str, Target] = {}
        self._editor, self._save, self._changed, self._said = editor, save, changed, said
        self._asked: dict[str, Wish] = {}
        self._waiting: dict[str, Wish] = {}

    def open(self, key: str, path: Path, cameras: Sequence[Camera]) -> None:
        """Take up a result, with the edits saved beside it."""
        eyes = tuple(Eye.of(camera) for camera in cameras)
        operations: tuple[Operation, ...] = ()
        saves = True
        try:
            operations = load_edits(edits_path(path))
        except TriptychError as error:
            saves = False
            self._said(str(error))
        if operations and isinstance(operations[0], SeenFrom):
            eyes, operations = eyes or operations[0].eyes, operations[1:]
        self._forget_wishes(key)
        self._keep(Target(key, path, eyes, saves=saves))
        if operations:
            self.want(key, Wish(History(operations)))

    def close(self, key: str) -> None:
        """Let a result go."""
        self.targets.pop(key, None)
        self._forget_wishes(key)

    def refresh(self, key: str) -> None:
        """Ask again for what is to be shown, after the engine has read a result anew."""
        if key in self.targets:
            wish = self.newest(key)
            self._forget_wishes(key)
            self.want(key, wish)

    def newest(self, key: str) -> Wish:
        """What is to be shown of a result in the end."""
        return self._waiting.get(key) or self._asked.get(key) or self.targets[key].shown

    def want(self, key: str, wish: Wish) -> None:
        """Show this instead, as soon as the engine is free."""
        self._waiting[key] = wish
        if key not in self._asked:
            self._send_waiting(key)

    def on_edited(self, told: Told) -> None:
        """Hear that the engine shows what it was asked for."""
        wish, target = self._asked.pop(told.key, None), self.targets.get(told.key)
        if target is None or wish is None:
            return
        if target.saves:
            self._said("")
        self._keep(replace(target, history=wish.history, provisional=wish.provisional, told=told))
        if wish.history.done != target.history.done:
            self._write(told.key)
        self._send_waiting(told.key)

    def on_refused(self, key: str | None, message: str) -> None:
        """Hear that the engine could not do what it was asked for."""
        if key is None or self._asked.pop(key, None) is None:
            return
        self._waiting.pop(key, None)
        self._said(message)
        self._keep(replace(self.targets[key]))

    def _send_waiting(self, key: str) -> None:
        wish = self._waiting.pop(key, None)
        if wish:
            self._asked[key] = wish
            self._editor.edit(key, self.targets[key].sent(wish.operations))

    def _forget_wishes(self, key: str) -> None:
        self._asked.pop(key, None)
        self._waiting.pop(key, None)

    def _keep(self, target: Target) -> None:
        self.targets[target.key] = target
        self._changed(target)

    def _write(self, key: str) -> None:
        target = self.targets[key]
        if not target.saves:
            return
        done = target.history.done
        needs_eyes = any(isinstance(operation, SelectByValue | SelectFloaters) for operation in done)
        if problem := write_edits(target.path, target.sent(done) if needs_eyes else done, self._save):
            self._said(problem)
