"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import IO

from recon.errors import DiskFull, InputError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Write a file beside its place and move it there once it is whole; missing folders are made.

    Parameters
    ----------
    path : Path
        What stands there stays as it was unless the body ends without an error.

    Yields
    ------
    binary file
        Open for writing.

    Raises
    ------
    DiskFull
        If there is no space left.
    InputError
        If the place cannot be written to.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            yield file
            file.flush()
            os.fsync(file.fileno())
        # Temporary files are private to their owner; results are as readable as any other new file.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A place of the same suffix in a folder beside `path`, for libraries that write files themselves.

    What was written there is moved to `path` once the body ends; the rest of the folder is dropped.

    Raises
    ------
    DiskFull
        If there is no space left.
    InputError
        If the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent, prefix=".", suffix=".part") as folder:
            temporary = Path(folder) / f"new{path.suffix.lower()}"
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
    except OSError as error:
        raise _explained(path, error) from error


def atomic_write_all(contents: Mapping[Path, bytes]) -> None:
    """Write several files that belong together: all beside their places first, then moved there, the last one last.

    Raises
    ------
    DiskFull
        If there is no space left; no file was changed.
    InputError
        If the place cannot be written to.
    """
    with ExitStack() as stack:
        # Left in reverse: the first file written is the last one moved to its place.
        for path, content in reversed(list(contents.items())):
            stack.enter_context(atomic_write(path)).write(content)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _explained(path: Path, error: OSError) -> Exception:
    if error.errno in FULL:
        return DiskFull(f"{path} could not be written: the disk is full. Free some space, or choose another place.")
    return InputError(f"{path} could not be written: {error.strerror or error}. Choose another place.")
