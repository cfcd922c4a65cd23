"""One parameter, one declaration: type, default, range, unit and help, read by the command line, files and forms."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from recon.errors import InvalidParameter

ConfigT = TypeVar("ConfigT")


@dataclass(frozen=True)
class ParameterInfo:
    """What a person needs to know of one parameter.

    Parameters
    ----------
    help : str
        One line, a sentence.
    unit : str
        "" for a pure number.
    low, high : float, optional
        Inclusive limits of a number.
    log : bool
        Whether a slider should move in ratios.
    group : str
        Heading under which forms show it.
    live : bool
        Whether it may be changed while the method runs.
    """

    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    log: bool = False
    group: str = "General"
    live: bool = False


@dataclass(frozen=True)
class Parameter:
    """One field of a config: its name, type, default and `ParameterInfo`."""

    name: str
    type: Any
    default: Any
    info: ParameterInfo

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed values of a `Literal` parameter, else ()."""
        return typing.get_args(self.type) if typing.get_origin(self.type) is Literal else ()


def parameter(default: Any, help: str, **info: Any) -> Any:  # noqa: A002 - reads best at the place of declaration
    """Declare a config field: `steps: int = parameter(3000, "Optimisation steps.", unit="steps", low=1)`."""
    return dataclasses.field(default=default, metadata={"info": ParameterInfo(help, **info)})


def parameters_of(config: type | Any) -> tuple[Parameter, ...]:
    """Describe every field of a config class or instance, in order of declaration."""
    cls = config if isinstance(config, type) else type(config)
    hints = typing.get_type_hints(cls)
    return tuple(
        Parameter(field.name, hints[field.name], field.default, field.metadata["info"])
        for field in dataclasses.fields(cls)
    )


def check(config: Any) -> None:
    """Check every value of a config against its type and range; call it from `__post_init__`.

    Raises
    ------
    InvalidParameter
        Naming the parameter, what was wanted and what was given.
    """
    for spec in parameters_of(config):
        _check_value(spec, getattr(config, spec.name))


def with_values(config: ConfigT, values: dict[str, Any]) -> ConfigT:
    """A copy of a config with some values replaced; texts are parsed to the field's type.

    Raises
    ------
    InvalidParameter
        For an unknown name, a text that does not parse, or a value out of range.
    """
    known = {spec.name: spec for spec in parameters_of(config)}
    parsed = {}
    for name, value in values.items():
        if name not in known:
            raise InvalidParameter(f"There is no parameter {name!r}. The parameters are: {', '.join(sorted(known))}.")
        parsed[name] = parse(known[name], value) if isinstance(value, str) else value
    return dataclasses.replace(typing.cast("Any", config), **parsed)


def parse(spec: Parameter, text: str) -> Any:
    """Read one parameter's value from text."""
    kinds = _kinds(spec.type)
    if type(None) in kinds and text.lower() in {"none", ""}:
        return None
    if spec.choices or str in kinds:
        return text
    try:
        if bool in kinds:
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        return int(text) if int in kinds else float(text)
    except (ValueError, KeyError):
        raise InvalidParameter(f"{spec.name} must be {_wanted(spec)}, got {text!r}.") from None


def _kinds(annotation: Any) -> tuple[type, ...]:
    is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if is_union else (annotation,)


def _wanted(spec: Parameter) -> str:
    if spec.choices:
        return "one of " + ", ".join(spec.choices)
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", type(None): "none"}
    kind = " or ".join(names.get(kind, str(kind)) for kind in _kinds(spec.type))
    low, high = spec.info.low, spec.info.high
    if low is not None and high is not None:
        return f"{kind} from {low:g} to {high:g}"
    return kind + (f" of at least {low:g}" if low is not None else f" of at most {high:g}" if high is not None else "")


def _check_value(spec: Parameter, value: Any) -> None:
    kinds = _kinds(spec.type)
    if value is None and type(None) in kinds:
        return
    if spec.choices:
        valid = value in spec.choices
    elif isinstance(value, bool):
        valid = bool in kinds
    elif isinstance(value, (int, float)) and (float in kinds or (int in kinds and isinstance(value, int))):
        low, high = spec.info.low, spec.info.high
        valid = (low is None or value >= low) and (high is None or value <= high)
    else:
        valid = isinstance(value, str) and str in kinds
    if not valid:
        raise InvalidParameter(f"{spec.name} must be {_wanted(spec)}, got {value!r}.")
