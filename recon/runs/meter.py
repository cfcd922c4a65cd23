"""What a run costs: seconds by stage, and the peak of memory, added up over all its sittings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from recon.runs.resources import device_memory_mb, memory_mb, peak_device_memory_mb, peak_memory_mb

WEIGHING_SECONDS = 1.0


@dataclass(frozen=True)
class Costs:
    """What a run has cost so far.

    Parameters
    ----------
    seconds : dict of str to float
        By stage; "training" is optimisation alone.
    total_seconds : float
        In all, pauses left out.
    peak_memory_mb, peak_device_memory_mb : float
        Largest resident size of the process, and largest GPU memory, in 2^20 bytes; the latter 0 without a GPU.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    total_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    peak_device_memory_mb: float = 0.0


class Meter:
    """Measures one sitting, on top of what earlier ones cost.

    Parameters
    ----------
    earlier : Costs
    device : {"cpu", "cuda"}
    """

    def __init__(self, earlier: Costs, device: str) -> None:
        self._earlier = earlier
        self._device = device
        self._seconds = dict(earlier.seconds)
        self._begun = self._weighed_at = time.perf_counter()

    @contextmanager
    def booked(self, stage: str) -> Iterator[None]:
        """Book what the body takes."""
        begun = time.perf_counter()
        yield
        self.book(stage, time.perf_counter() - begun)

    def book(self, stage: str, seconds: float) -> None:
        """Add seconds to a stage."""
        self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds

    def leave_out(self, seconds: float) -> None:
        """Do not count time that was spent holding still."""
        self._begun += seconds

    def weighed(self) -> dict[str, float]:
        """Memory in use now, in 2^20 bytes by name, for the curves; nothing if that was told within a second."""
        now = time.perf_counter()
        if now - self._weighed_at < WEIGHING_SECONDS:
            return {}
        self._weighed_at = now
        on_device = device_memory_mb(self._device)
        return {"memory_mb": memory_mb()} | ({"device_memory_mb": on_device} if on_device else {})

    def costs(self) -> Costs:
        """What the run has cost up to now."""
        return Costs(
            seconds=dict(self._seconds),
            total_seconds=self._earlier.total_seconds + time.perf_counter() - self._begun,
            peak_memory_mb=max(self._earlier.peak_memory_mb, peak_memory_mb()),
            peak_device_memory_mb=max(self._earlier.peak_device_memory_mb, peak_device_memory_mb(self._device)),
        )
