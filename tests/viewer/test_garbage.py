"""What cannot be freed by counting alone ends on the window's thread, whoever makes objects meanwhile."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject

from viewer.garbage import GarbageCollector


class Knot:
    """Refers to itself, and says where it ended."""

    def __init__(self, ended: list[threading.Thread]) -> None:
        self.itself, self.ended = self, ended

    def __del__(self) -> None:
        self.ended.append(threading.current_thread())


def make_many_objects() -> None:
    kept = [[[]] for _ in range(50_000)]
    assert len(kept) == 50_000


def test_only_the_windows_thread_collects(qtbot, monkeypatch) -> None:
    monkeypatch.setattr("viewer.garbage.INTERVAL", 10)
    ended: list[threading.Thread] = []
    gc.enable()
    parent = QObject()
    GarbageCollector(parent)
    Knot(ended)
    worker = threading.Thread(target=make_many_objects)
    worker.start()
    worker.join()
    assert not ended
    kept = [[] for _ in range(2 * gc.get_threshold()[0])]  # so many are new that Python would look
    qtbot.waitUntil(lambda: bool(ended), timeout=10_000)
    assert ended == [threading.main_thread()]
    assert kept
    parent.deleteLater()
