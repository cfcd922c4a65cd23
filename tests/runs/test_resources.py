from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from recon.errors import DeviceUnavailable, DiskFull, InputError, OutOfMemory, RunError
from recon.methods.base import Forecast
from recon.runs import resources


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (MemoryError(), OutOfMemory),
        (OSError(errno.ENOSPC, "No space left on device", "x.ply"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
        (PermissionError(errno.EACCES, "Permission denied", "x.ply"), RunError),
        (RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be ..."), DeviceUnavailable),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"), OutOfMemory),
    ],
)
def test_a_failing_machine_is_told_in_a_sentence(error: Exception, wanted: type[Exception]) -> None:
    told = resources.as_triptych_error(error)
    assert type(told) is wanted
    assert str(told).endswith(".")
    assert "\n" not in str(told)


def test_torchs_own_error_is_known() -> None:
    import torch

    assert isinstance(resources.as_triptych_error(torch.cuda.OutOfMemoryError("...")), OutOfMemory)


def test_other_errors_are_left_as_they_are() -> None:
    for error in (InputError("as it is"), KeyError("a bug"), RuntimeError("a bug")):
        assert resources.as_triptych_error(error) is error


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("3000\n")
    (tmp_path / "memory.current").write_text("2500\n")
    (tmp_path / "memory.stat").write_text("anon 1000\nfile 1500\n")
    assert list(resources.container_room(tmp_path)) == [2000]
    (tmp_path / "memory.max").write_text("max\n")
    assert list(resources.container_room(tmp_path)) == []
    assert list(resources.container_room(tmp_path / "nowhere")) == []


def test_free_memory_is_what_a_person_would_expect() -> None:
    import psutil

    free = resources.free_memory("cpu")
    assert 0 < free.host_bytes <= psutil.virtual_memory().total
    assert free.device_bytes == 0


def test_amounts_are_told_in_gigabytes() -> None:
    assert resources.describe(Forecast(1_260_000_000)) == "1.3 GB"
    assert resources.describe(Forecast(int(1e9), int(3e9))) == "1.0 GB and 3.0 GB on the GPU"


def test_the_peak_is_this_processs_own_and_sees_what_was_let_go() -> None:
    """A child must not start with its parent's peak, and a block that was freed still counts."""
    block = bytearray(300 << 20)
    script = (
        "from recon.runs.resources import peak_memory_mb as p; a = p(); b = bytearray(100 << 20); del b; print(a, p())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, after = map(float, done.stdout.split())
    assert len(block) == 300 << 20
    assert before < 200
    assert 90 < after - before < 120
