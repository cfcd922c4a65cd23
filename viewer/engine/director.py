"""Between model, engines and screens: asks for pictures when something changes, and puts them on screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from recon.editing import altering
from viewer.engine.engines import Engines
from viewer.engine.messages import Edited, Measured, Opened, Refused
from viewer.engine.seat import Screen, Seat
from viewer.engine.session import Frame
from viewer.model import Engine, Extent, Scene, WindowModel

REST = 120  # milliseconds without movement after which pictures are drawn in full
LONGEST_ROUND = 5000  # milliseconds after which panes no longer wait for each other


class Director(QObject):
    """Keeps the screens up to date.

    While something moves, pictures are as coarse as the pace demands; when all rests, they are drawn in full. Panes are
    drawn in rounds: all that have changed are asked for together and shown together, so that linked panes stay in step.
    Runs under way are shown as their pictures come, for their engine draws only between two steps.

    Parameters
    ----------
    model : WindowModel
    engines : Engines
    """

    def __init__(self, model: WindowModel, engines: Engines) -> None:
        super().__init__()
        self._model = model
        self._engines = engines
        self._seats: list[Seat] = []
        self._paths: dict[str, Path] = {}  # what the viewing engine was asked to open
        self._ready: set[str] = set()
        self._failed: set[str] = set()
        self._awaited: set[str] = set()
        self._altered: dict[str, tuple[Any, ...]] = {}
        self._asking: set[str] = set()  # names that the engines draw for
        self._again = False
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._draw)
        self._patience = QTimer(self, singleShot=True, interval=LONGEST_ROUND)
        self._patience.timeout.connect(self._end_round)
        self._listen()

    @property
    def settled(self) -> bool:
        """Whether what is on screen is final: drawn in full, or not to be drawn at all."""
        opening = {result.key for result in self._model.results} - self._ready - self._failed
        if not self._seats or self._model.scene is None or opening or self._awaited:
            return False
        return all(seat.is_settled(self._ready - self._failed) for seat in self._shown())

    def start_engine(self) -> None:
        """Start the viewing engine, anew if it has died; what was open is opened again."""
        self._failed.clear()
        self._model.engine = Engine("preparing", "Preparing the renderer …")
        self._engines.start()

    def show_on(self, screens: Sequence[Screen]) -> None:
        """Use these screens for the panes from now on, in their order."""
        self._seats = [Seat(self._model, index, screen) for index, screen in enumerate(screens)]
        self.redraw()

    def show_scene(self, scene: Scene) -> None:
        """Show what has been opened."""
        self._model.show_scene(scene)
        if not any(result.kind == "splats" for result in scene.results) and self._model.engine.condition != "stopped":
            self._model.engine = Engine(self._model.engine.condition, "", self._model.engine.device)

    def redraw(self) -> None:
        """Draw at once as well as speed allows, and in full when nothing changes for a moment."""
        if self._seats:
            self._rest.start()
            self._draw()

    def _listen(self) -> None:
        engines, model, compare = self._engines, self._model, self._model.compare
        engines.ready.connect(self._on_ready)
        engines.opened.connect(self._on_opened)
        engines.drawn.connect(self._on_drawn)
        engines.refused.connect(self._on_refused)
        engines.edited.connect(self._on_edited)
        engines.measured.connect(self._on_measured)
        engines.died.connect(self._on_died)
        engines.run_died.connect(self._on_run_died)
        model.events.results.connect(self._on_results_changed)
        for event in (compare.events.panes, compare.events.arrangement, model.events.selected):
            event.connect(self.redraw)
        for event in (model.events.carried, model.events.blocks_apart):
            event.connect(self.redraw)
        for event in (compare.events.panes, compare.events.active, model.events.selected, model.events.extents):
            event.connect(self._measure_what_is_stood_in)

    def _shown(self) -> list[Seat]:
        """The seats of panes that somebody sees."""
        drawn = [index for index in self._model.compare.drawn if index < len(self._seats)]
        return [self._seats[index] for index in drawn if self._seats[index].screen.seen]

    def _draw(self) -> None:
        if self._awaited:
            self._again = True
            return
        self._again = False
        seats = self._shown()
        self._leave_except({seat.name for seat in seats})
        for seat in seats:
            shot = seat.next_shot(self._ready - self._failed, coarse=self._rest.isActive())
            if shot is not None:
                self._asking.add(seat.name)
                if not self._is_live(shot.key):
                    self._awaited.add(seat.name)
                self._engines.request(seat.name, shot)
        if self._awaited:
            self._patience.start()

    def _leave_except(self, names: set[str]) -> None:
        left = self._asking - names
        for name in left:
            self._engines.leave(name)
        for seat in self._seats[: len(self._model.compare.panes)]:
            if seat.name in left and self._is_live(seat.key):
                seat.forget()  # what it shows grows old
        self._asking &= names

    def _is_live(self, key: str) -> bool:
        return any(result.key == key and result.live for result in self._model.results)

    def _on_drawn(self, name: str, frame: Frame) -> None:
        awaited = name in self._awaited
        self._awaited.discard(name)
        seat = next((seat for seat in self._shown() if seat.name == name), None)
        if seat is None:
            self._leave_except(self._asking - {name})
        else:
            seat.hold(frame)
            if not awaited:
                self._show(seat)
        if awaited and not self._awaited:
            self._end_round()

    def _end_round(self) -> None:
        """Set the engines to the next round, and show this one meanwhile."""
        self._patience.stop()
        self._awaited.clear()
        held = self._shown()
        if self._again:
            self._draw()
        for seat in held:
            self._show(seat)

    def _show(self, seat: Seat) -> None:
        picture = seat.show()
        if picture is not None and seat.key == self._model.compare.pane.content.key:
            self._model.picture = picture

    def _on_results_changed(self) -> None:
        """Open what is new, and let go of what is gone."""
        paths = {result.key: result.path for result in self._model.results}
        for key in self._paths.keys() - paths.keys():
            self._engines.forget(key)
            self._altered.pop(key, None)
            del self._paths[key]
        self._ready &= paths.keys()
        self._failed &= paths.keys()
        for result in self._model.results:
            if not result.live and self._paths.get(result.key) != result.path:
                self._paths[result.key] = result.path
                if result.key not in self._ready or result.kind != "splats":
                    self._engines.open(result.key, result.path)

    def _on_ready(self, device: str) -> None:
        self._model.engine = Engine("ready", "", device)

    def _on_opened(self, opened: Opened) -> None:
        if all(result.key != opened.key for result in self._model.results):
            return  # it has been closed meanwhile
        self._ready.add(opened.key)
        self._failed.discard(opened.key)
        if not opened.colored:
            self._model.book.leave_out(opened.key)
        self._changed(opened.key)
        if opened.kind == "splats":  # the window reads meshes and blocks itself
            self._model.measured_out(opened.key, Extent(opened.count, opened.sample, opened.bounds))
        self._measure_what_is_stood_in()
        self.redraw()

    def _on_edited(self, edited: Edited) -> None:
        """Scores are of what was measured, not of what is left of it."""
        self._model.note_carried(edited.key, edited.carries)
        self._model.notice = edited.problem or self._model.notice
        altered = altering(self._engines.edits_of(edited.key))
        if altered != self._altered.get(edited.key, ()):
            self._altered[edited.key] = altered
            self._model.score_anew(edited.key, as_made=not altered)
        self._changed(edited.key)
        self.redraw()

    def _changed(self, key: str) -> None:
        for seat in self._seats[: len(self._model.compare.panes)]:
            if key in (seat.key, self._model.carried.get(seat.key)):
                seat.forget()

    def _on_measured(self, measured: Measured) -> None:
        self._model.book.enter(measured.key, measured.scores)

    def _measure_what_is_stood_in(self, *_: object) -> None:
        """Have the numbers of panes that stand in a test view."""
        for index in self._model.compare.visible:
            pane = self._model.compare.panes[index]
            key, name = pane.content.key, pane.view or (self._model.selected if self._model.is_flat(index) else None)
            view = next((view for view in self._model.views if view.name == name), None)
            if view is not None and view.split == "test" and key in self._ready and not self._is_live(key):
                self._model.book.require(key, (view,), self._engines)

    def _on_refused(self, refused: Refused) -> None:
        self._model.notice = refused.message
        if refused.key is not None and refused.key not in self._ready:
            self._failed.add(refused.key)
        for seat in self._shown():
            if seat.key == refused.key and seat.name in self._awaited:
                seat.give_up(self._ready)
                self._awaited.discard(seat.name)
        if not self._awaited:
            self._end_round()

    def _on_died(self, message: str) -> None:
        self._ready = {key for key in self._ready if self._is_live(key)}
        self._failed = self._paths.keys() - self._ready
        self._awaited.clear()
        self._model.carried = {}
        self._model.picture = None
        self._model.engine = Engine("stopped", message)
        self.redraw()

    def _on_run_died(self, key: str, _message: str) -> None:
        self._ready.discard(key)
        self._failed.add(key)
        self.redraw()
