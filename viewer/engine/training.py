"""A reconstruction in the engine process: driven event by event, seen and steered in between."""

from __future__ import annotations

import os
import time
import traceback
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from recon.errors import TriptychError
from recon.methods.base import Command, Pause, Resume, Save, Saved, Step
from recon.runs import Reconstruction
from viewer.engine.allowance import Allowance
from viewer.engine.messages import Continue, Reconstruct, Reply, RunEnded, RunStarted
from viewer.engine.reporter import Reporter
from viewer.engine.studio import Studio

if TYPE_CHECKING:
    from viewer.engine.process import Backend


NICENESS = 5


class Office(Protocol):
    """Where the window's commands are answered."""

    def attend(self) -> None:
        """Answer what has come."""
        ...

    def send(self, reply: Reply) -> None:
        """Say something to the window."""
        ...


class Training:
    """A run that this engine drives. Its geometry as it is now can be drawn under its folder's path.

    Parameters
    ----------
    order : Reconstruct or Continue
    backend : Backend
    studio : Studio
    office : Office
    """

    def __init__(self, order: Reconstruct | Continue, backend: Backend, studio: Studio, office: Office) -> None:
        self._order = order
        self._backend = backend
        self._studio = studio
        self._office = office
        self._commands: deque[Command] = deque()
        self._allowance = Allowance()
        self._reporter = Reporter(office.send)
        self._reconstruction: Reconstruction | None = None
        self._key: str | None = None
        self._paused = False
        self._leaving = False
        self._held = False
        self._changed = True  # since the geometry was last held

    def tell(self, command: Command) -> None:
        """Pass a command on to the run."""
        self._commands.append(command)

    def leave(self) -> None:
        """Save and give the run up there, so that it can be resumed."""
        self._leaving = True
        self._commands.appendleft(Save())

    def may_draw(self, key: str) -> bool:
        """Whether a geometry may be drawn now; that of the run once it can be seen, and within its allowance."""
        return self._key not in {None, key} or (self._held and (self._paused or self._allowance.may_draw()))

    def charge(self, seconds: float) -> None:
        """Take the time that a picture took from the allowance."""
        self._allowance.spend(seconds)

    def drive(self) -> None:
        """Drive the run to its end, and say how it ended."""
        message = ""
        _give_way()
        try:
            with closing(self._begun()) as reconstruction:
                self._key = str(reconstruction.run.path.absolute())
                self._reconstruction = reconstruction
                self._office.send(RunStarted(reconstruction.run.path.absolute()))
                self._pull(reconstruction)
        except TriptychError as error:
            message = str(error)
        except Exception as error:  # noqa: BLE001 - the engine outlives the run, and the window says what happened
            traceback.print_exc()
            message = f"A bug in Triptych ended the run: {error!r}. Its last checkpoint can be resumed."
        self._reporter.flush()
        self._office.send(RunEnded(message))

    def _begun(self) -> Reconstruction:
        if isinstance(self._order, Reconstruct):
            return self._backend.reconstruct(self._order.job, self._next_command)
        return self._backend.resume(self._order.path, self._next_command)

    def _pull(self, reconstruction: Reconstruction) -> None:
        leaving = False
        for event in reconstruction:
            self._changed |= isinstance(event, Step)
            self._reporter.tell(event)
            if self._leaving and (leaving or isinstance(event, Saved) or reconstruction.live is None):
                return
            leaving = self._leaving  # `Save` is obeyed before the next event, unless the result is being made already
            self._attend()

    def _next_command(self) -> Command | None:
        """What the driver asks for between two events, and again and again while paused."""
        self._attend()
        command = self._commands.popleft() if self._commands else None
        if isinstance(command, Pause | Resume):
            self._paused = isinstance(command, Pause)
        return command

    def _attend(self) -> None:
        self._refresh()
        self._office.attend()

    def _refresh(self) -> None:
        """Take the geometry as it is now and have it drawn, where it is due."""
        live = self._reconstruction.live if self._reconstruction else None
        if live is None or self._key is None or not self._changed:
            return
        if self._held and not self._studio.shows(self._key):
            return
        if not (self._paused or self._allowance.may_refresh()):
            return
        start = time.perf_counter()
        opened = self._backend.hold(self._key, live.geometry())
        self._changed = False
        if not self._held:
            self._held = True
            self._office.send(opened)
        self._studio.ask_again(self._key)
        self._allowance.refreshed(time.perf_counter() - start)


def _give_way() -> None:
    """Let the window and the pictures of results go first where there are too few cores."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
