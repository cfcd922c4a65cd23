"""What a method's config is declared with; see `recon.parameters`, which formats and tools share."""

from __future__ import annotations

from typing import Any, TypeVar

from recon.errors import InvalidParameter
from recon.parameters import Parameter, ParameterInfo, check, parameter, parameters_of, parse, with_values

__all__ = [
    "Parameter",
    "ParameterInfo",
    "check",
    "parameter",
    "parameters_of",
    "parse",
    "with_live_value",
    "with_values",
]

Config = TypeVar("Config")


def with_live_value(config: Config, name: str, value: Any) -> Config:
    """A config with one parameter changed that may be changed while a run goes on.

    Raises
    ------
    InvalidParameter
        If there is no such live parameter, or the value is out of range.
    """
    changed = with_values(config, {name: value})
    if not next(spec for spec in parameters_of(config) if spec.name == name).info.live:
        raise InvalidParameter(f"{name} cannot be changed while running; fork the run with it instead.")
    return changed
