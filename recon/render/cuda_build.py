"""gsplat's CUDA kernels: found, built once, loaded.

gsplat 1.5.3 comes without binaries and compiles itself at first use. Here that happens at a moment of our choosing, for
the GPUs of this machine alone, into a folder named after everything the result depends on, and what goes wrong becomes
a sentence. Importing this file loads neither gsplat nor a compiler.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import io
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import torch

from recon.errors import DeviceUnavailable

MEMORY_PER_JOB = 2 << 30  # bytes a compiler process may need
USE_CPU = "Use the CPU instead (--device cpu)"


def warm_up(progress: Callable[[str], None]) -> None:
    """Make the CUDA renderer ready, building its kernels if need be (one to ten minutes, once per version of PyTorch).

    Parameters
    ----------
    progress : callable
        Told in one line what is being done.

    Raises
    ------
    DeviceUnavailable
        If there is no usable GPU, no CUDA compiler, or the build fails; the message says what to do.
    """
    require_device()
    if _is_built():
        progress("Loading the CUDA kernels")
    else:
        progress("Building the CUDA kernels (some minutes, only this once)")
    kernels()


@functools.cache
def kernels() -> ModuleType:
    """Import gsplat with its compiled kernels; build them first if need be.

    Raises
    ------
    DeviceUnavailable
        See `warm_up`.
    """
    require_device()
    if importlib.util.find_spec("gsplat") is None:
        raise DeviceUnavailable(f"Drawing on a GPU needs the package gsplat; run pip install gsplat==1.5.3. {USE_CPU}.")
    import gsplat

    try:
        if _is_precompiled():
            importlib.import_module("gsplat.csrc")
        else:
            _build()
        _try_out(gsplat)
    except (RuntimeError, ImportError, OSError, ValueError, subprocess.SubprocessError) as error:
        raise DeviceUnavailable(_explain(error)) from error
    return gsplat


def _build() -> None:
    """Import the module of gsplat that compiles its kernels, or finds them compiled."""
    _require_compiler()
    with _build_environment(), contextlib.redirect_stdout(io.StringIO()):  # its progress line has no place in ours
        importlib.import_module("gsplat.cuda._backend")


def _try_out(gsplat: ModuleType) -> None:
    """Run one kernel: one that was built for other GPUs loads well, and fails only now."""
    one = torch.ones(1, 4, device="cuda")
    gsplat.quat_scale_to_covar_preci(one, one[:, :3])
    torch.cuda.synchronize()


def require_device() -> None:
    """Make sure that PyTorch sees a CUDA device.

    Raises
    ------
    DeviceUnavailable
    """
    if torch.cuda.is_available():
        return
    if torch.version.cuda is None:
        found = f"this PyTorch ({torch.__version__}) was built without CUDA; pytorch.org/get-started has builds with it"
    else:
        found = "PyTorch sees none; nvidia-smi tells whether the driver does"
    raise DeviceUnavailable(f"Drawing on a GPU needs an NVIDIA GPU, but {found}. {USE_CPU}.")


def _require_compiler() -> None:
    from torch.utils.cpp_extension import CUDA_HOME

    if CUDA_HOME and any(Path(CUDA_HOME, "bin", name).is_file() for name in ("nvcc", "nvcc.exe")):
        return
    raise DeviceUnavailable(
        f"The CUDA kernels are built on this machine, which needs the CUDA toolkit {torch.version.cuda}, but its "
        f"compiler nvcc was not found. Install the toolkit, or set CUDA_HOME to where it is. {USE_CPU}."
    )


def _is_precompiled() -> bool:
    """Whether the installed gsplat is one of those that carry their kernels."""
    return importlib.util.find_spec("gsplat.csrc") is not None


def _is_built() -> bool:
    folder = Path(os.environ.get("TORCH_EXTENSIONS_DIR") or _build_folder(), "gsplat_cuda")
    return _is_precompiled() or any(folder.glob("gsplat_cuda.so")) or any(folder.glob("gsplat_cuda.pyd"))


def _architectures() -> str:
    """Compute capabilities of this machine's GPUs, as PyTorch's builder wants them."""
    capabilities = {torch.cuda.get_device_capability(device) for device in range(torch.cuda.device_count())}
    return ";".join(f"{major}.{minor}" for major, minor in sorted(capabilities))


def _build_folder() -> Path:
    import platformdirs

    name = f"gsplat-1.5.3-torch-{torch.__version__}-sm-{_architectures().replace(';', '-')}"
    return platformdirs.user_cache_path("triptych", appauthor=False) / "cuda" / name


@contextlib.contextmanager
def _build_environment() -> Iterator[None]:
    """Tell the builder, which listens to environment variables, what it does not guess well; the user's own come first.

    Without them it builds for every GPU there is, with ten compilers at a time whatever the memory, into a folder that
    another PyTorch shares.
    """
    import psutil

    folder = _build_folder()
    if "TORCH_EXTENSIONS_DIR" not in os.environ:
        folder.mkdir(parents=True, exist_ok=True)
    jobs = min(os.cpu_count() or 1, psutil.virtual_memory().available // MEMORY_PER_JOB)
    ours = {
        "TORCH_EXTENSIONS_DIR": str(folder),
        "TORCH_CUDA_ARCH_LIST": _architectures(),
        "MAX_JOBS": str(max(1, jobs)),
    }
    added = {name: value for name, value in ours.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _explain(error: Exception) -> str:
    """One sentence out of a compiler's log, and where the whole log lies."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    telling = [line for line in lines[1:] if "error" in line.lower()]
    message = f"gsplat's CUDA kernels could not be built or loaded: {(telling or lines)[0][:300]}"
    with contextlib.suppress(OSError):
        log = _build_folder() / "build.log"
        log.write_text(str(error), encoding="utf-8")
        message += f" (all of it: {log})"
    return f"{message}. They need nvcc {torch.version.cuda} and a C++ compiler it accepts. {USE_CPU}."
