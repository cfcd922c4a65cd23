from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recon.runs import load_run

ROOT = Path(__file__).resolve().parents[2]


def start(capture: Path, out: Path, until: str, *more: str) -> subprocess.Popen[str]:
    """Start a toy that trains for a long time, and wait until its log holds a word."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TOY_CHECKPOINT_SECONDS": "60"}
    command = [sys.executable, ROOT / "tests" / "toy.py", "reconstruct", capture, "--method", "toy", "--device", "cpu"]
    process = subprocess.Popen(
        [*command, "--out", out, "--set", "nap=0.01", "--steps", "100000", *more],
        env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    log = out / "events.jsonl"
    while not (log.exists() and until in log.read_text()):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_saves_and_says_how_to_go_on(
    capture_folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    process = start(capture_folder, tmp_path / "run", '"step": 9')
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    run = load_run(tmp_path / "run")
    assert run.status() == "cancelled"
    assert run.progress().step > 5
    assert f"Go on with: triptych resume {run.path}" in err
    assert "Traceback" not in out + err


def test_the_second_signal_ends_it_at_once(capture_folder: Path, tmp_path: Path) -> None:
    process = start(capture_folder, tmp_path / "run", "Looking", "--set", "nap=10")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=5)
    assert process.returncode == 130
    assert "Traceback" not in err
