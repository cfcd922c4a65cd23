"""What a window costs the training, and how long it ever stands still meanwhile.

A run in a window and one without, of the same seed, take turns of a few seconds: while one goes on, the process of the
other is suspended. So both meet the same moods of the machine. They are compared over the same steps, by the times in
their events.jsonl.

    python -m benchmarks.training_in_window STEPS DATA RUN    trains without a window
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
from PySide6.QtCore import QObject, Qt, QTimer

from benchmarks.window_stage import live, opened, tell, wait
from recon.methods.base import Step
from recon.runs import Job, load_run, start
from viewer.app import Window
from viewer.model import Content

TURN = 4.0  # seconds
UNHEEDED = 4.0  # seconds at the beginning, while modules are loaded
TICK = 5  # milliseconds
STEPS = 100_000  # more than there is time for
Span = tuple[float, float]


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


class Run:
    """A run that goes on only in its turns.

    Parameters
    ----------
    process : psutil.Process
        It is suspended here.
    folder : Path
    begun : float
        When it was started.
    """

    def __init__(self, process: psutil.Process, folder: Path, begun: float) -> None:
        self.process = process
        self._folder = folder
        process.suspend()
        self._turns: list[Span] = [(begun, time.time())]

    def take_turn(self, seconds: float) -> Span:
        """Go on for a while, in which the window lives."""
        begun = time.time()
        self.process.resume()
        live(seconds)
        self.process.suspend()
        self._turns.append((begun, time.time()))
        return self._turns[-1]

    def steps(self) -> dict[int, float]:
        """Each step, and how long the run had gone on by then."""
        return {step: sum(min(max(at - a, 0), b - a) for a, b in self._turns) for step, at in self._records()}

    def within(self, turn: Span) -> tuple[int, int]:
        """First and last step of a turn."""
        steps = [step for step, at in self._records() if turn[0] <= at <= turn[1]]
        return steps[0], steps[-1]

    def _records(self) -> list[tuple[int, float]]:
        records = load_run(self._folder).records()
        return [(record["step"], record["time"]) for record in records if record["type"] == "step"]


def measure_training(data: Path, folder: Path, seconds: float) -> None:
    """Stalls and throughput of a window that is seen, and of one that is minimised."""
    window = opened([data])
    inside, alone = run_in(window, data, folder / "inside"), run_alone(data, folder / "alone")
    turns: dict[str, list[Span]] = {"visible": [], "minimised": []}
    longest = 0.0
    for _ in range(round(seconds / TURN)):
        for name, show in (("visible", window.showNormal), ("minimised", window.showMinimized)):
            show()
            stalls = Stalls()
            turns[name].append(inside.take_turn(TURN))
            longest = max(longest, stalls.longest)
            alone.take_turn(TURN)
    while max(alone.steps()) <= max(inside.steps()):
        alone.take_turn(TURN)
    tell(f"longest stall over 2x {seconds:.0f} s of training", f"{1000 * longest:.0f} ms", "60 ms")
    for name, taken in turns.items():
        tell(f"training throughput with window ({name}) / without", f"{ratio(inside, alone, taken):.2f}", "0.9")
    alone.process.kill()
    inside.process.resume()
    window.leave()


def ratio(inside: Run, alone: Run, turns: list[Span]) -> float:
    """Time that the steps of these turns take without a window, over the time they took."""
    with_window, without = inside.steps(), alone.steps()
    bounds = [inside.within(turn) for turn in turns]
    taken = sum(with_window[last] - with_window[first] for first, last in bounds)
    return sum(without[last] - without[first] for first, last in bounds) / taken


def run_in(window: Window, data: Path, out: Path) -> Run:
    """A run whose pictures a window shows, when it is well under way."""
    begun, steps = time.time(), []
    window.engines.happened.connect(lambda _, event: steps.append(event) if isinstance(event, Step) else None)
    window.engines.reconstruct(job(data, out))
    wait(lambda: bool(steps), 600)
    (key,) = window.engines.running
    window.model.compare.show(Content.result(key))
    live(UNHEEDED)
    return Run(psutil.Process(window.engines.run_pid(key)), out, begun)


def run_alone(data: Path, out: Path) -> Run:
    """The same without a window, when it is well under way."""
    command = [sys.executable, "-m", "benchmarks.training_in_window", str(STEPS), str(data), str(out)]
    begun, process = time.time(), psutil.Popen(command)
    wait(lambda: (out / "events.jsonl").exists() and '"step"' in (out / "events.jsonl").read_text(), 600)
    live(UNHEEDED)
    return Run(process, out, begun)


def job(data: Path, out: Path) -> Job:
    return Job(data, out, preset="quick", changes={"steps": STEPS})


def train_alone(last: int, data: Path, out: Path) -> None:
    for event in start(job(data, out)):
        if isinstance(event, Step) and event.step >= last:
            return


if __name__ == "__main__":
    train_alone(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
