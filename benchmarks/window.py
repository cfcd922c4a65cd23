"""The window's manners: start, rate while dragging, stalls while training, and what it costs the training.

    python -m benchmarks.window [--data sample_scenes/desk] [--seconds 60] [--only start drag train]

Needs a display; `make bench-window` brings a virtual one where there is none. Every line ends with its bar.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QApplication

from benchmarks.training_in_window import measure_training
from benchmarks.window_stage import live, opened, tell, wait
from recon.io import write_splats
from recon.scene import Splats
from viewer.app import Window, application

STARTS = 5
SPLATS = 100_000
PICTURE = (960, 540)
DRAG_SECONDS = 5.0
RESTS = 5


class PaintCounter(QObject):
    """Counts how often OpenGL reaches the screen."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.count += event.type() == QEvent.Type.Paint and isinstance(watched, QOpenGLWidget)
        return False


def ball(count: int) -> Splats:
    """A bumpy ball of small splats with harmonics of degree 3."""
    random = np.random.default_rng(0)
    directions = random.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    turns = random.normal(size=(count, 4))
    arrays = (
        directions * (1 + 0.3 * np.sin(5 * directions[:, :1]) * np.cos(4 * directions[:, 1:2])),
        turns / np.linalg.norm(turns, axis=1, keepdims=True),
        0.008 * np.exp(random.normal(0, 0.5, (count, 3))),
        1 / (1 + np.exp(-random.normal(1, 1.5, count))),
        random.normal(0, 0.05, (count, 16, 3)),
    )
    means, quaternions, scales, opacities, sh = (np.ascontiguousarray(array, np.float32) for array in arrays)
    sh[:, 0] = 1.2 * directions
    return Splats(means, quaternions, scales, opacities, sh)


def first_paint(folder: Path) -> float:
    """Seconds from the start of a process until its window is painted."""
    before = time.time()
    command = [sys.executable, "-m", "benchmarks.first_paint", str(folder)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    return float(shown) - before


def measure_start(data: Path) -> None:
    first_paint(data)  # warms the disk up
    seconds = [first_paint(data) for _ in range(STARTS)]
    tell("first paint, warm, median of 5", f"{statistics.median(seconds):.2f} s", "1 s")


def measure_drag(folder: Path) -> None:
    path = folder / "ball.ply"
    write_splats(path, ball(SPLATS))
    window = opened([path])
    wait(lambda: window.settled, 300)
    screen = window.panes.viewports[0]
    for _ in range(3):  # what surrounds the picture may give way differently
        have = screen.picture_size
        window.resize(window.width() + PICTURE[0] - have[0], window.height() + PICTURE[1] - have[1])
        wait(lambda: window.settled, 60)
    live(1)
    rate, sizes = drag(window)
    name = f"pictures/s while dragging, 100k splats, {'x'.join(map(str, screen.picture_size))}"
    tell(name, f"{rate:.1f}", "15")
    print(f"  drawn at {', '.join(f'{width}x{height}' for width, height in sizes)}")
    tell("ms from rest to full quality, median of 5", f"{rest(window):.0f} ms", "250 ms")
    window.leave()


def drag(window: Window) -> tuple[float, list[tuple[int, int]]]:
    """Pictures per second on screen while the camera turns at every tick, and their sizes."""
    counter, sizes = PaintCounter(), set()
    window.engines.drawn.connect(lambda _, frame: sizes.add((frame.camera.width, frame.camera.height)))
    arrived = []
    window.engines.drawn.connect(lambda *_: arrived.append(1))
    timer = QTimer(interval=8, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: window.model.navigate(window.model.orbit.turned(0.01, 0)))
    QApplication.instance().installEventFilter(counter)
    timer.start()
    live(DRAG_SECONDS)
    timer.stop()
    QApplication.instance().removeEventFilter(counter)
    return min(counter.count, len(arrived)) / DRAG_SECONDS, sorted(sizes)


def rest(window: Window) -> float:
    """Milliseconds from the last movement until the picture in full is there."""
    taken = []
    for _ in range(RESTS):
        for _ in range(10):
            window.model.navigate(window.model.orbit.turned(0.01, 0))
            live(0.03)
        window.model.navigate(window.model.orbit.turned(0.01, 0))
        start = time.perf_counter()
        wait(lambda: window.settled, 10)
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("sample_scenes/desk"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", nargs="+", choices=("start", "drag", "train"), default=("start", "drag", "train"))
    options = parser.parse_args()
    app = application()
    app.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as folder:
        if "start" in options.only:
            measure_start(options.data)
        if "drag" in options.only:
            measure_drag(Path(folder))
        if "train" in options.only:
            measure_training(options.data, Path(folder), options.seconds)


if __name__ == "__main__":
    main()
