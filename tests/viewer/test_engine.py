"""The engine process: what it answers, how it dies, and what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
import time
from multiprocessing import shared_memory
from pathlib import Path

import numpy as np
import psutil
import pytest
from engine_desk import Desk, wait_until
from fake_backend import BrokenStart, SlowStart

from viewer.engine.frames import FrameMemory


@pytest.fixture
def desk():
    desk = Desk()
    desk.client.start()
    desk.client.open("a", "a.ply")
    yield desk
    desk.client.close()


def test_a_picture_arrives_with_its_camera(desk: Desk) -> None:
    assert desk.wait_for("ready") == "a pencil"
    opened = desk.wait_for("opened")
    assert (opened.key, opened.kind, opened.count, opened.sample.shape) == ("a", "splats", 1234, (500, 3))
    assert (opened.bounds[0] < opened.bounds[1]).all()
    desk.ask(40, 30)
    frame = desk.wait_for("drawn")
    assert (desk.panes, frame.key, frame.mode) == (["left"], "a", "color")
    assert (frame.camera.width, frame.camera.height) == (40, 30)
    assert frame.rgba.shape == (30, 40, 4)
    assert frame.rgba[15, 20].tolist() == [40, 30, 7, 255]
    assert (frame.depth == 5).all()


def test_only_the_newest_request_waits(desk: Desk) -> None:
    desk.wait_for("ready")
    for width in (16, 20, 21, 22, 23):  # the first takes 0.3 s; the others come meanwhile
        desk.ask(width)
        time.sleep(0.02)
    desk.wait_for("drawn", 2)
    time.sleep(0.3)
    assert desk.calls.empty()
    assert [frame.camera.width for frame in desk.of("drawn")] == [16, 23]


def test_pictures_may_grow_and_shrink_while_others_are_drawn(desk: Desk) -> None:
    for done, width in enumerate((20, 400, 16, 900, 30), start=1):
        desk.ask(width)
        frame = desk.wait_for("drawn", done)
        assert frame.rgba[4, width // 2].tolist() == [width % 256, 9, 7, 255]


def test_what_cannot_be_done_is_refused_and_the_engine_goes_on(desk: Desk) -> None:
    desk.client.open("b", "damaged.ply")
    refused = desk.wait_for("refused")
    assert (refused.key, refused.message) == ("b", "damaged.ply is damaged.")
    desk.ask(15)
    assert "does not fit into memory" in desk.wait_for("refused", 2).message
    desk.ask(20)
    assert desk.wait_for("drawn").camera.width == 20


@pytest.mark.parametrize(
    ("width", "sentence"), [(13, "for want of memory"), (14, "stopped unexpectedly (exit code 1)")], ids=["kill", "bug"]
)
def test_death_is_told_in_a_sentence_and_a_restart_works(desk: Desk, width: int, sentence: str) -> None:
    desk.ask(width)
    assert sentence in desk.wait_for("died")
    assert desk.client.pid is None
    desk.ask(20)  # harmless
    desk.client.start()
    desk.client.open("a", "a.ply")
    desk.ask(20)
    assert desk.wait_for("drawn").camera.width == 20


def test_an_engine_that_cannot_start_dies_in_a_sentence() -> None:
    desk = Desk(BrokenStart)
    desk.client.start()
    assert "stopped unexpectedly" in desk.wait_for("died")


def test_closing_leaves_neither_processes_nor_memory(desk: Desk) -> None:
    desk.ask(16)
    desk.wait_for("drawn")
    engine = psutil.Process(desk.client.pid)
    name = desk.client._session._memories[-1].name
    desk.client.close()
    assert not engine.is_running()
    with pytest.raises(FileNotFoundError):
        shared_memory.SharedMemory(name)


def test_closing_does_not_wait_for_a_slow_engine() -> None:
    desk = Desk(SlowStart)
    desk.client.start()
    start = time.monotonic()
    desk.client.close()
    assert time.monotonic() - start < 5


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_the_engine_ends_with_its_window() -> None:
    code = """
import time, os, signal
from fake_backend import FakeBackend
from viewer.engine.client import EngineClient
if __name__ == "__main__":
    import threading
    ready = threading.Event()
    client = EngineClient(FakeBackend, lambda call: call())
    client.ready.connect(lambda device: ready.set())
    client.start()
    assert ready.wait(20)
    print(client.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    here = Path(__file__).parent
    path = f"{here}:{here.parents[1]}"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, env={"PYTHONPATH": path}, capture_output=True, text=True
    )
    pid = int(done.stdout)
    assert wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_both_ends_see_the_same_memory() -> None:
    made = FrameMemory.make(12)
    seen = FrameMemory.attach(made.name)
    rgba = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    depth = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    for slot, part in ((0, np.s_[:2, :2]), (1, np.s_[:])):
        for place, source in zip(seen.views(slot, *depth[part].shape[::-1]), (rgba, depth), strict=True):
            place[...] = source[part]
        del place
    seen.close()
    for slot, part in ((0, np.s_[:2, :2]), (1, np.s_[:])):
        got_rgba, got_depth = made.read(slot, *depth[part].shape[::-1])
        assert np.array_equal(got_rgba, rgba[part])
        assert np.array_equal(got_depth, depth[part])
    made.remove()
