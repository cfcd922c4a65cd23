"""What the machine has, what a run has used, and which of our errors a failure of the machine is."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon.errors import DeviceUnavailable, DiskFull, OutOfMemory, RunError, TriptychError
from recon.methods.base import Forecast, Method
from recon.scene import Capture

MIB = 2**20
SPARE = 0.9  # the share of what is free that a run may plan with; the rest is for everybody else


def resolve_device(device: str) -> str:
    """Turn "auto" into "cuda" where there is a GPU, else "cpu".

    Raises
    ------
    DeviceUnavailable
        If "cuda" is asked for and there is none.
    """
    if device == "cpu":
        return "cpu"
    from recon.render.draw import choose_device

    return choose_device(device)


def free_memory(device: str) -> Forecast:
    """Host and device memory that is free now, in bytes; a container's own limit counts."""
    import psutil

    host = min([psutil.virtual_memory().available, *container_room()])
    if device != "cuda":
        return Forecast(host)
    import torch

    return Forecast(host, torch.cuda.mem_get_info()[0])


def container_room(root: Path = Path("/sys/fs/cgroup")) -> Iterator[int]:
    """Bytes left within a container's limit (cgroup v2), file cache counted as free; nothing where there is none."""
    try:
        limit, used = ((root / name).read_text().strip() for name in ("memory.max", "memory.current"))
        cached = next(line for line in (root / "memory.stat").read_text().splitlines() if line.startswith("file "))
        if limit != "max":
            yield int(limit) - int(used) + int(cached.split()[1])
    except (OSError, StopIteration, ValueError):
        return


@dataclass(frozen=True)
class Fit:
    """A config that fits into memory.

    Parameters
    ----------
    config : object
        The method's config, made smaller where it had to be.
    memory : str
        What it is expected to need and what is free, as a sentence.
    notices : tuple of str
        What was given up.
    """

    config: Any
    memory: str
    notices: tuple[str, ...] = ()


def fit_to_memory(method: Method, capture: Capture, config: Any, device: str, free: Forecast | None = None) -> Fit:
    """Make a config smaller, notch by notch, until its forecast fits into what is free: `free`, or what is now.

    Raises
    ------
    OutOfMemory
        If it does not fit even at its smallest.
    """
    free = free or free_memory(device)
    notices: list[str] = []
    while True:
        need = method.forecast(capture, config, device)
        if need.host_bytes <= SPARE * free.host_bytes and need.device_bytes <= SPARE * free.device_bytes:
            return Fit(config, f"About {describe(need)} of memory needed, {describe(free)} free.", tuple(notices))
        lighter = method.lighten(capture, config)
        if lighter is None:
            raise OutOfMemory(
                f"About {describe(need)} of memory would be needed even at the smallest setting, and {describe(free)} "
                f"is free. Close other programs, use fewer photographs, or a larger --downscale."
            )
        config, notice = lighter
        notices.append(notice)


def describe(amount: Forecast) -> str:
    """An amount of memory in words, such as "1.2 GB" or "1.2 GB and 3.0 GB on the GPU"."""
    host = f"{amount.host_bytes / 1e9:.1f} GB"
    return host + (f" and {amount.device_bytes / 1e9:.1f} GB on the GPU" if amount.device_bytes else "")


def memory_mb() -> float:
    """Resident size of this process now, in 2^20 bytes."""
    import psutil

    return float(psutil.Process().memory_info().rss / MIB)


def device_memory_mb(device: str) -> float:
    """GPU memory held by tensors now, in 2^20 bytes; 0 on the CPU."""
    if device != "cuda":
        return 0.0
    import torch

    return torch.cuda.memory_allocated() / MIB


def peak_memory_mb() -> float:
    """Largest resident size of this process so far, in 2^20 bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # not getrusage: there a child starts with the peak of the process that spawned it
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset / MIB)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def peak_device_memory_mb(device: str) -> float:
    """Largest GPU memory held by tensors so far, in 2^20 bytes; 0 on the CPU."""
    if device != "cuda":
        return 0.0
    import torch

    return torch.cuda.max_memory_allocated() / MIB


def as_triptych_error(error: Exception) -> Exception:
    """The error to show for one that came from the machine; anything else, which is our bug, as it is."""
    if isinstance(error, TriptychError):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemory("Memory ran out. Use a larger --downscale, fewer Gaussians, or close other programs.")
    if isinstance(error, OSError):
        return _from_system(error)
    return _from_torch(error) or error


def _from_system(error: OSError) -> TriptychError:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        return DiskFull(f"The disk is full{where}. Make room, then go on with `triptych resume`.")
    return RunError(f"The system refused: {error.strerror or error}{where}.")


def _from_torch(error: Exception) -> TriptychError | None:
    """Told by name and text, because torch need not be loaded where this is asked."""
    if type(error).__name__ == "OutOfMemoryError":
        return OutOfMemory("The GPU's memory ran out. Use a larger --downscale, fewer Gaussians, or --device cpu.")
    text = str(error)
    if isinstance(error, RuntimeError) and "can't allocate memory" in text:
        return OutOfMemory("Memory ran out. Use a larger --downscale, fewer Gaussians, or close other programs.")
    if isinstance(error, RuntimeError) and "CUDA error" in text:
        first = text.splitlines()[0]
        return DeviceUnavailable(f"The GPU was lost: {first}. Restart it, then go on with `triptych resume`.")
    return None
