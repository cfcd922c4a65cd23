"""The window's manners: start, rate while dragging, stalls while training, and what it costs the training.

    python -m benchmarks.window [--data sample_scenes/desk] [--seconds 60] [--only start drag train]

Needs a display; `make bench-window` brings a virtual one where there is none. Every line ends with its bar. Training is
compared over the same steps of the same run (same seed), whose times are those in its events.jsonl.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QApplication

from recon.io import write_splats
from recon.methods.base import Step
from recon.runs import Job, load_run, start
from recon.scene import Splats
from viewer.app import Window, application
from viewer.model import Content

STARTS = 5
SPLATS = 100_000
PICTURE = (960, 540)
DRAG_SECONDS = 5.0
RESTS = 5
ROUNDS = 3
UNHEEDED = 4.0  # seconds at the beginning, while modules are loaded
TICK = 5  # milliseconds
STEPS = 100_000  # more than there is time for


class PaintCounter(QObject):
    """Counts how often OpenGL reaches the screen."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.count += event.type() == QEvent.Type.Paint and isinstance(watched, QOpenGLWidget)
        return False


class Stalls(QObject):
    """The longest time that the window's thread did not come round."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last - TICK / 1000)
        self._last = now


def wait(true: Callable[[], bool], seconds: float) -> None:
    """Let the window live until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not get there in time")
        QApplication.processEvents()
        time.sleep(0.002)


def live(seconds: float) -> None:
    """Let the window live for a while, in Qt's own loop."""
    loop = QEventLoop()  # the application's own closes all windows when it ends
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def tell(what: str, value: str, bar: str) -> None:
    print(f"{what:<66} {value:>12}   bar {bar}", flush=True)


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


def opened(paths: list[Path]) -> Window:
    """A window, when all that it will show is on screen."""
    window = Window(folder=Path(tempfile.mkdtemp(prefix="triptych-")))
    window.show()
    window.director.start_engine()
    window.open(paths)
    window.build_viewport()
    return window


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


def measure_training(data: Path, folder: Path, seconds: float) -> None:
    """Stalls and throughput, in rounds, so that a machine that is busy now and then does less harm."""
    stalls, ratios = [], {"visible": [], "minimised": []}
    for number in range(ROUNDS):
        timed = {}
        for name in ratios:
            out = folder / f"{name}{number}"
            timed[name], stall = train_in_window(data, out, seconds / ROUNDS, name == "minimised")
            stalls.append(stall)
        alone = time_alone(data, folder / f"alone{number}", max(steps[-1][0] for steps in timed.values()))
        for name, ((first, begun), *_, (last, ended)) in timed.items():
            without = alone[last] - alone[first]
            ratios[name].append(without / (ended - begun))
            print(f"  {name}: steps {first} to {last} in {ended - begun:.1f} s, {without:.1f} s without")
    tell(f"longest stall over 2x {seconds:.0f} s of training", f"{1000 * max(stalls):.0f} ms", "60 ms")
    for name, values in ratios.items():
        ratio = statistics.median(values)
        tell(f"training throughput with window ({name}) / without", f"{ratio:.2f}", "0.9")


def time_alone(data: Path, out: Path, last: int) -> dict[int, float]:
    """The times of the steps of a run without a window."""
    command = [sys.executable, "-m", "benchmarks.window", "--train", str(last), str(data), str(out)]
    subprocess.run(command, check=True)
    return dict(steps_of(out))


def train_in_window(data: Path, out: Path, seconds: float, minimised: bool) -> tuple[list[tuple[int, float]], float]:
    """The steps of the heeded time with their times, and the longest stall in it."""
    window = opened([data])
    window.engines.reconstruct(job(data, out))
    steps = []
    window.engines.happened.connect(lambda _, event: steps.append(event) if isinstance(event, Step) else None)
    wait(lambda: bool(steps), 600)
    window.model.compare.show(Content.result(str(out)))
    if minimised:
        window.showMinimized()
    live(UNHEEDED)
    stalls, begun = Stalls(), time.time()
    live(seconds)
    ended, longest = time.time(), stalls.longest
    window.leave()
    return [step for step in steps_of(out) if begun <= step[1] <= ended], longest


def job(data: Path, out: Path) -> Job:
    return Job(data, out, preset="quick", changes={"steps": STEPS})


def steps_of(run: Path) -> list[tuple[int, float]]:
    return [(record["step"], record["time"]) for record in load_run(run).records() if record["type"] == "step"]


def train_alone(last: int, data: Path, out: Path) -> None:
    for event in start(job(data, out)):
        if isinstance(event, Step) and event.step >= last:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("sample_scenes/desk"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", nargs="+", choices=("start", "drag", "train"), default=("start", "drag", "train"))
    parser.add_argument("--train", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        last, data, out = options.train
        return train_alone(int(last), Path(data), Path(out))
    app = application()
    app.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as folder:
        if "start" in options.only:
            measure_start(options.data)
        if "drag" in options.only:
            measure_drag(Path(folder))
        if "train" in options.only:
            measure_training(options.data, Path(folder), options.seconds)
    return None


if __name__ == "__main__":
    main()
