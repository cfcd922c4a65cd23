"""Shared memory for pictures: two slots, so that one can be drawn while the other is copied out."""

from __future__ import annotations

from multiprocessing.shared_memory import SharedMemory

import numpy as np
from numpy.typing import NDArray

BYTES_PER_PIXEL = 8  # RGBA8 and a float32
SLOTS = 2


class FrameMemory:
    """Two slots of shared memory, each for one picture of up to `capacity` pixels.

    The window makes it and removes it; the engine attaches to it by name.
    """

    def __init__(self, memory: SharedMemory, capacity: int) -> None:
        self._memory = memory
        self.capacity = capacity

    @classmethod
    def make(cls, capacity: int) -> FrameMemory:
        """Allocate for pictures of `capacity` pixels."""
        return cls(SharedMemory(create=True, size=SLOTS * capacity * BYTES_PER_PIXEL), capacity)

    @classmethod
    def attach(cls, name: str) -> FrameMemory:
        """Map what the window has made."""
        memory = SharedMemory(name)
        return cls(memory, memory.size // (SLOTS * BYTES_PER_PIXEL))

    @property
    def name(self) -> str:
        """By which another process finds it."""
        return self._memory.name

    def views(self, slot: int, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Where a picture lies, to be filled: (H, W, 4) uint8 and (H, W) float32; not to be kept."""
        rgba = self._view(slot, (height, width, 4), np.uint8, 0)
        return rgba, self._view(slot, (height, width), np.float32, 4)

    def read(self, slot: int, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Copy a picture out: (H, W, 4) uint8 and (H, W) float32."""
        rgba, depth = self.views(slot, width, height)
        return rgba.copy(), depth.copy()

    def close(self) -> None:
        """Unmap it."""
        self._memory.close()

    def remove(self) -> None:
        """Unmap it and give it back to the system."""
        self._memory.close()
        self._memory.unlink()

    def _view(self, slot: int, shape: tuple[int, ...], dtype: type, bytes_before: int) -> NDArray:
        offset = (slot * BYTES_PER_PIXEL + bytes_before) * self.capacity
        return np.ndarray(shape, dtype, self._memory.buf, offset)
