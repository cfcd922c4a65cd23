"""Threads and the compiled-kernel cache of the CPU renderer; imported before anything is compiled.

Owns the choice of numba's threading layer, where compiled kernels are kept, and the one lock around rendering.
Refuses kernels and tensors.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import numba
import platformdirs

from recon.render.memory import keep_blocks

SPINS = "10000"  # libgomp by itself takes 1,000, as torch's and numba's threads are more than cores

LOCK = threading.Lock()
"""Held while kernels run: numba's workqueue layer ends the process when two Python threads run parallel kernels."""


def workers() -> int:
    """Number of threads a kernel may use now."""
    return int(numba.get_num_threads())


def has_kernels() -> bool:
    """Whether compiled kernels of this version are on disk."""
    return any(Path(numba.config.CACHE_DIR).rglob("tiles.draw_tiles*.nbi"))


def _choose_layer() -> str:
    """Pick the layer that shares its threads with torch, if the system has it.

    torch's threads (OpenMP) and a pool of another kind take the cores from each other: training on the CPU was 1.6 to
    1.9 times faster with "omp". numba's omp layer needs the system's libgomp. Loaded before torch, it makes torch
    use the same copy.
    """
    for layer in ("omp", "tbb"):
        try:
            importlib.import_module(f"numba.np.ufunc.{layer}pool")
        except ImportError:
            continue
        return layer
    return "workqueue"


def _sources_digest() -> str:
    """Name a state of the kernels' sources.

    numba looks only at the file a kernel stands in, not at those it calls into: without this, a changed constant or
    helper would leave old kernels in use.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted((Path(__file__).parent / "kernels").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    """Where compiled kernels are kept: the user's cache, or for this process alone where that cannot be written."""
    folder = platformdirs.user_cache_path("triptych", appauthor=False) / "kernels" / _sources_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    return folder if writable else _private_folder()


def _private_folder() -> Path:
    """A folder nobody else can write, for code is loaded from it; gone when the process ends."""
    folder = tempfile.mkdtemp(prefix="triptych-kernels-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _prepare() -> None:
    keep_blocks()
    # Threads that wait for work hold cores that the window or other programs need; libgomp reads it when it is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    if "NUMBA_THREADING_LAYER" not in os.environ:
        numba.config.THREADING_LAYER = _choose_layer()
    if numba.config.THREADING_LAYER != "omp" and "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # waiting torch threads must not hold the cores
    if "NUMBA_CACHE_DIR" not in os.environ:
        numba.config.CACHE_DIR = str(_cache_folder())


_prepare()
