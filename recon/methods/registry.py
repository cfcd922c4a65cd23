"""The methods there are, by name: one line each."""

from __future__ import annotations

from importlib import import_module

from recon.errors import InvalidParameter
from recon.methods.base import Method

METHODS = {
    "splats": "recon.methods.splats",
    "surface": "recon.methods.surface",
    "blocks": "recon.methods.blocks",
    "primitives": "recon.methods.primitives",
}


def method_named(name: str) -> Method:
    """Look a method up.

    Raises
    ------
    InvalidParameter
        If there is none of that name.
    """
    if name not in METHODS:
        raise InvalidParameter(f"There is no method {name!r}. The methods are: {', '.join(METHODS)}.")
    method: Method = import_module(METHODS[name]).METHOD
    return method
