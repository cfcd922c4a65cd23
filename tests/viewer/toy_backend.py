"""A backend that really runs `tests/toy.py`, with the driver and its files, and draws a disc. For engine processes."""

from __future__ import annotations

from pathlib import Path

import toy
from fake_backend import FakeBackend

from recon.runs import Commands, Job, Reconstruction, driver, files, resume, start


class ToyBackend(FakeBackend):
    """Saves every 0.1 s, so that a kill costs a few steps."""

    def prepare(self) -> str:
        toy.register()
        toy.leave_out_measuring()
        driver.CHECKPOINT_SECONDS = 0.1
        files.flush_to_disk = lambda _: None
        return super().prepare()

    def reconstruct(self, job: Job, commands: Commands) -> Reconstruction:
        return start(job, commands)

    def resume(self, path: Path, commands: Commands) -> Reconstruction:
        return resume(path, commands)
