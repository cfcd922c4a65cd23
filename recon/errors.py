"""Every error a user can meet, as one small tree.

TriptychError
├── InputError        something the user gave is wrong: a path, a file, a parameter
│   ├── UnreadableFile    a file that exists but cannot be understood
│   ├── UnusableCapture   photographs and cameras that cannot be reconstructed
│   └── InvalidParameter  a parameter outside its range, or one that does not exist
├── RunError          a run folder that cannot be created, read or resumed
├── ResourceError     the machine lacks what was asked for
│   ├── OutOfMemory
│   ├── DiskFull
│   └── DeviceUnavailable a GPU that is absent, lost, or whose kernels cannot be built
└── MethodError       a reconstruction that went wrong (diverged, nothing left to draw)

A message is a sentence or two: what it is about, what was wanted, what was found, and what to do next.
The command line prints it as it stands and exits with `exit_code`; anything else that escapes is our bug.
"""

from __future__ import annotations


class TriptychError(Exception):
    """Base of all errors whose message is meant for the user."""

    exit_code = 1


class InputError(TriptychError):
    """Something the user gave is wrong."""

    exit_code = 2


class UnreadableFile(InputError):
    """A file that exists but cannot be understood."""


class UnusableCapture(InputError):
    """A set of photographs and cameras that cannot be reconstructed."""


class InvalidParameter(InputError):
    """A parameter outside its range, of the wrong type, or unknown."""


class RunError(TriptychError):
    """A run folder that cannot be created, read or resumed."""

    exit_code = 3


class ResourceError(TriptychError):
    """The machine lacks what was asked for."""

    exit_code = 4


class OutOfMemory(ResourceError):
    """Host or device memory does not suffice."""


class DiskFull(ResourceError):
    """A file could not be written for want of space."""


class DeviceUnavailable(ResourceError):
    """A compute device is absent, was lost, or its kernels cannot be built."""


class MethodError(TriptychError):
    """A reconstruction that went wrong while it ran."""

    exit_code = 5
