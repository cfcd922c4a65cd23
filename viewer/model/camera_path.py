"""The camera path as it is made: keyframes over time, where the playhead stands, and every step undone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from psygnal import Signal

from recon.errors import TriptychError
from recon.io.camera_paths import read_film, write_film
from recon.scene import Capture
from recon.scene.camera_path import CameraPath, Film, Keyframe
from recon.scene.path_presets import make_path
from viewer.model.orbit import Orbit

NEXT = 2.0  # seconds from the last keyframe to one that is added after it
LONGEST = 3600.0
FILE = "camera_path.json"
EMPTY = Film(CameraPath())


def path_file(result: Path) -> Path:
    """Where the camera path of a run folder, or of a file of splats, is kept."""
    return result / FILE if result.is_dir() else result.with_name(f"{result.stem}.{FILE}")


@dataclass(frozen=True)
class _Step:
    film: Film
    selected: int | None
    tag: str = ""


class CameraPathModel:
    """Keyframes, the playhead and the history of edits.

    Parameters
    ----------
    where : callable
        Tells the orbit from which one looks now.

    Attributes
    ----------
    film : Film
    time : float
        Of the playhead, in seconds.
    selected : int, optional
        Index of a keyframe.
    playing : bool
    capture : Capture, optional
        The photographs that some presets follow.
    changed : Signal
        The film, the selection, or what can be undone is another.
    time_changed, playing_changed : Signal
    looked : Signal
        Emitted with the `Orbit` the window should look from.
    refused : Signal
        Emitted with a sentence: the path could not be read or written.
    """

    changed = Signal()
    time_changed = Signal(float)
    playing_changed = Signal(bool)
    looked = Signal(Orbit)
    refused = Signal(str)

    def __init__(self, where: Callable[[], Orbit]) -> None:
        self._where = where
        self.film = EMPTY
        self.time = 0.0
        self.selected: int | None = None
        self.playing = False
        self.capture: Capture | None = None
        self.file: Path | None = None
        self._saved = EMPTY
        self._past: list[_Step] = []
        self._future: list[_Step] = []

    # -- what there is

    @property
    def path(self) -> CameraPath:
        """The path of the film."""
        return self.film.path

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to do again."""
        return bool(self._future)

    def open(self, file: Path | None) -> None:
        """Take up the path that is kept in a file, or an empty one where there is none yet."""
        self.pause()
        self.save()
        film = EMPTY
        try:
            if file is not None and file.exists():
                film = read_film(file)
        except TriptychError as error:
            self.refused.emit(str(error))
            file = None  # what could not be understood is not written over
        self.file, self.film, self._saved, self.selected = file, film, film, None
        self._past.clear()
        self._future.clear()
        self._set_time(0.0)
        self.changed.emit()

    def save(self) -> None:
        """Write what has changed to its file."""
        if self.file is None or self.film is self._saved:
            return
        try:
            write_film(self.file, self.film)
            self._saved = self.film
        except TriptychError as error:
            self.refused.emit(str(error))

    # -- keyframes

    def add(self) -> None:
        """Add a keyframe where one looks from: at the playhead, or after the keyframe on which it stands."""
        keyframes, duration = self.path.keyframes, self.path.duration
        here = self._keyframe_at(self.time)
        if here is None:
            time = self._own_time(self.time)
        elif here + 1 < len(keyframes):
            time = (keyframes[here].time + keyframes[here + 1].time) / 2
        else:
            time = min(keyframes[here].time + NEXT, LONGEST)
            duration = max(duration, time + (NEXT if self.path.loop else 0))
        added = self._keyframe(time)
        ordered = sorted((*keyframes, added), key=lambda each: each.time)
        self._edit(replace(self.path, keyframes=tuple(ordered), duration=duration), ordered.index(added))
        self._set_time(self.path.passing_times[ordered.index(added)])

    def update(self) -> None:
        """Move the selected keyframe to where one looks from."""
        if self.selected is not None:
            old = self.path.keyframes[self.selected]
            self._replace(self.selected, replace(self._keyframe(old.time), name=old.name))

    def delete(self) -> None:
        """Remove the selected keyframe."""
        if self.selected is not None:
            left = self.path.keyframes[: self.selected] + self.path.keyframes[self.selected + 1 :]
            self._edit(replace(self.path, keyframes=left), None)

    def clear(self) -> None:
        """Remove all keyframes."""
        if self.path.keyframes:
            self._edit(replace(self.path, keyframes=()), None)

    def rename(self, name: str) -> None:
        """Name the selected keyframe."""
        if self.selected is not None and self.path.keyframes[self.selected].name != name:
            self._replace(self.selected, replace(self.path.keyframes[self.selected], name=name))

    def move(self, index: int, time: float) -> None:
        """Move a keyframe in time, between its neighbours; the steps of one drag are undone as one."""
        times = [each.time for each in self.path.keyframes]
        frame = 1 / self.film.frames_per_second
        low = times[index - 1] + frame if index else 0.0
        high = times[index + 1] - frame if index + 1 < len(times) else self.path.duration
        if self.path.loop:
            high = min(high, self.path.duration - frame)
        if low <= high:
            time = min(max(round(time / frame) * frame, low), high)
            moved = replace(self.path.keyframes[index], time=time)
            self._replace(index, moved, f"move {index}")

    def end_drag(self) -> None:
        """Let the next edit be undone by itself."""
        if self._past:
            self._past[-1] = replace(self._past[-1], tag="")

    def select(self, index: int | None) -> None:
        """Select a keyframe, or none."""
        if index != self.selected:
            self.selected = index
            self.changed.emit()

    def go_to(self, index: int) -> None:
        """Select a keyframe, put the playhead on it, and look from there."""
        self.select(index)
        self.seek(self.path.passing_times[index])

    def step(self, direction: int) -> None:
        """Go to the keyframe after (1) or before (-1) the playhead."""
        frame = 0.5 / self.film.frames_per_second
        times = self.path.passing_times
        ahead = [i for i, time in enumerate(times) if direction * (time - self.time) > frame]
        if ahead:
            self.go_to(ahead[0] if direction > 0 else ahead[-1])

    # -- the path as a whole

    def set_duration(self, duration: float) -> None:
        """Make the path longer or shorter; keyframes keep their share of it."""
        duration = min(max(duration, 0.1), LONGEST)
        factor = duration / self.path.duration
        if factor != 1:
            moved = tuple(replace(each, time=each.time * factor) for each in self.path.keyframes)
            self._edit(replace(self.path, keyframes=moved, duration=duration), self.selected, "duration")
            self._set_time(min(self.time * factor, duration))

    def set_loop(self, loop: bool) -> None:
        """Let the end lead into the beginning, or not."""
        keyframes, duration = self.path.keyframes, self.path.duration
        if loop and keyframes and keyframes[-1].time >= duration:
            duration = min(keyframes[-1].time + duration / max(len(keyframes) - 1, 1), 2 * LONGEST)
        if loop != self.path.loop:
            self._edit(replace(self.path, loop=loop, duration=duration), self.selected)

    def set_constant_speed(self, constant: bool) -> None:
        """Move evenly, or by the times of the keyframes."""
        if constant != self.path.constant_speed:
            self._edit(replace(self.path, constant_speed=constant), self.selected)

    def set_picture(self, **changes: Any) -> None:
        """Change width, height, frames per second, mode or background of the film."""
        film = replace(self.film, **changes)
        if any(getattr(film, name) != getattr(self.film, name) for name in changes):
            self._do(film, self.selected)

    def apply_preset(self, name: str) -> None:
        """Replace all keyframes by those of a preset, which starts from where one looks."""
        start, up = self._keyframe(0.0), np.array(self._where().up)
        self._edit(make_path(name, start, up, self.capture, self.path.duration), None)
        self.seek(0.0)

    # -- history

    def undo(self) -> None:
        """Take the last edit back."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Do the edit again that was taken back last."""
        self._travel(self._future, self._past)

    def _travel(self, source: list[_Step], target: list[_Step]) -> None:
        if source:
            target.append(_Step(self.film, self.selected))
            step = source.pop()
            self.film, self.selected = step.film, step.selected
            self.changed.emit()

    # -- the playhead

    def seek(self, time: float) -> None:
        """Put the playhead somewhere, and look from there."""
        self._set_time(min(max(time, 0.0), self.path.duration))
        if self.path.keyframes:
            self.looked.emit(self.orbit_at(self.time))

    def play(self) -> None:
        """Let the playhead run, from the beginning if it stands at the end."""
        if not self.path.keyframes or self.playing:
            return
        if self.time >= self.path.duration:
            self._set_time(0.0)
        self.playing = True
        self.playing_changed.emit(True)

    def pause(self) -> None:
        """Let the playhead stand."""
        if self.playing:
            self.playing = False
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def advance(self, seconds: float) -> None:
        """Let time pass while it plays; called at the pace of the display."""
        if not self.playing:
            return
        time, duration = self.time + seconds, self.path.duration
        if time >= duration and not self.path.loop:
            self.pause()
        self.seek(time % duration if self.path.loop else time)

    def orbit_at(self, time: float) -> Orbit:
        """Where one looks from at a moment, with the whole picture of the film in view."""
        camera = self.film.camera_at(time)
        return Orbit.of_camera(camera, self.path.at(time).focus_distance, self._where().up)

    # -- inside

    def _keyframe(self, time: float) -> Keyframe:
        orbit = self._where()
        camera = orbit.camera(self.film.width, self.film.height)
        opening = 2 * math.atan(camera.height / 2 / camera.fy)
        return Keyframe(time, camera.world_from_camera, opening, orbit.distance)

    def _keyframe_at(self, time: float) -> int | None:
        near = [abs(passed - time) <= 0.5 / self.film.frames_per_second for passed in self.path.passing_times]
        return near.index(True) if any(near) else None

    def _own_time(self, passed: float) -> float:
        """The time between its neighbours' times that a keyframe gets which is passed at a moment."""
        if not self.path.constant_speed or len(self.path.keyframes) < 2:
            return passed
        own = [each.time for each in self.path.keyframes]
        times = self.path.passing_times
        if not times[0] < passed < times[-1]:
            return passed
        return float(np.interp(passed, times, own))

    def _replace(self, index: int, keyframe: Keyframe, tag: str = "") -> None:
        keyframes = list(self.path.keyframes)
        keyframes[index] = keyframe
        self._edit(replace(self.path, keyframes=tuple(keyframes)), index, tag)

    def _edit(self, path: CameraPath, selected: int | None, tag: str = "") -> None:
        self._do(replace(self.film, path=path), selected, tag)

    def _do(self, film: Film, selected: int | None, tag: str = "") -> None:
        """Edits with the same tag, one right after the other, are undone as one."""
        if not (tag and self._past and self._past[-1].tag == tag):
            self._past.append(_Step(self.film, self.selected, tag))
        self._future.clear()
        self.film, self.selected = film, selected
        self.changed.emit()

    def _set_time(self, time: float) -> None:
        if time != self.time:
            self.time = time
            self.time_changed.emit(time)
