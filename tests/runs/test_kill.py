"""kill -9 at random moments: a run can always be resumed, and ends with the bytes of one that was never killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import toy

from recon.runs import load_run

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "toy.py"


class Shell:
    """Runs `triptych` in a process of its own, to its end or to a sudden one."""

    def __init__(self, command: list[str], checkpoint_seconds: float) -> None:
        self.command = command
        self.environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "TOY_CHECKPOINT_SECONDS": str(checkpoint_seconds),
        }

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        command = [*self.command, *map(str, arguments)]
        return subprocess.Popen(
            command, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: object) -> str:
        process = self.start(*arguments)
        out, err = process.communicate()
        assert process.returncode == 0, err
        return out

    def kill_at(self, out: Path, growth: int, delay: float, *arguments: object) -> bool:
        """Kill it once its log has grown by so many bytes, and a little later; whether it was still running then."""
        before = log_size(out)
        process = self.start(*arguments)
        while process.poll() is None and log_size(out) - before < growth:
            time.sleep(0.001)
        time.sleep(delay)
        process.kill()
        _, err = process.communicate()
        assert process.returncode in {0, -signal.SIGKILL}, err
        return process.returncode != 0


def log_size(out: Path) -> int:
    log = out / "events.jsonl"
    return log.stat().st_size if log.exists() else 0


def hunt(shell: Shell, start: list[object], out: Path, kills: int, growth: int) -> None:
    """Start a run, kill it at random moments, mostly while it trains, resume it each time, and let it end."""
    moments = random.Random(0)
    for _ in range(kills):
        command = ["resume", out] if (out / "run.json").exists() else start
        shell.kill_at(out, moments.randrange(growth), moments.uniform(0, 0.02), *command)
    shell.run("resume", out)


def test_a_toy_killed_again_and_again_ends_with_the_same_bytes(tmp_path: Path) -> None:
    capture = toy.write_capture(tmp_path / "capture")
    shell = Shell([sys.executable, str(TOY)], checkpoint_seconds=0.02)
    start: list[object] = ["reconstruct", capture, "--method", "toy", "--device", "cpu", "--set", "nap=0.005"]
    shell.run(*start, "--out", tmp_path / "whole")
    hunt(
        shell, [*start, "--out", tmp_path / "run"], tmp_path / "run", kills=5, growth=log_size(tmp_path / "whole") // 3
    )
    sittings = sum(record["type"] == "started" for record in load_run(tmp_path / "run").records())
    assert sittings >= 4, "too few kills fell into the training"
    assert (tmp_path / "run" / "result.ply").read_bytes() == (tmp_path / "whole" / "result.ply").read_bytes()


@pytest.mark.slow
def test_splats_killed_ten_times_end_with_the_same_bytes(tmp_path: Path) -> None:
    shell = Shell([sys.executable, str(TOY)], checkpoint_seconds=0.5)
    start: list[object] = ["reconstruct", ROOT / "sample_scenes" / "desk", "--device", "cpu", "--preset", "quick"]
    start += ["--steps", 600, "--set", "cap=4000", "--set", "growth_interval=20"]
    shell.run(*start, "--out", tmp_path / "whole")
    hunt(
        shell, [*start, "--out", tmp_path / "run"], tmp_path / "run", kills=10, growth=log_size(tmp_path / "whole") // 5
    )
    sittings = sum(record["type"] == "started" for record in load_run(tmp_path / "run").records())
    assert sittings >= 6, "too few kills fell into the training"
    assert (tmp_path / "run" / "result.ply").read_bytes() == (tmp_path / "whole" / "result.ply").read_bytes()
