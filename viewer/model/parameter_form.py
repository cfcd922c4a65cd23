"""A draft of a method's parameters: what a form shows and edits before a config is made of it."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psygnal import Signal

from recon.errors import InvalidParameter
from recon.methods.parameters import Parameter, ParameterInfo, parameters_of, with_values

Kind = Literal["bool", "int", "float", "choice", "text"]
Access = Literal["all", "live", "none"]
ACRONYMS = {"sh", "ssim", "psnr", "lpips", "rgb", "sdf", "gpu"}
NOT_LIVE = "It cannot change while the run goes on; fork the run with it instead."
NOT_NOW = "Parameters can change once training has begun."


@dataclass(frozen=True)
class Field:
    """One parameter, as a form needs it.

    Parameters
    ----------
    name : str
        As on the command line and in run.json.
    kind : {"bool", "int", "float", "choice", "text"}
        What edits it.
    optional : bool
        Whether None is a value of it.
    choices : tuple of str
        The values of a "choice".
    info : ParameterInfo
    """

    name: str
    kind: Kind
    optional: bool
    choices: tuple[str, ...]
    info: ParameterInfo

    @classmethod
    def of(cls, spec: Parameter) -> Field:
        """Describe a declared parameter."""
        kinds = _kinds(spec.type)
        choices = next((typing.get_args(kind) for kind in kinds if typing.get_origin(kind) is Literal), ())
        kind: Kind = "choice" if choices else next(_NAMES[kind] for kind in _NAMES if kind in kinds)
        return cls(spec.name, kind, type(None) in kinds, choices, spec.info)

    @property
    def label(self) -> str:
        """The name as words."""
        words = " ".join(word.upper() if word in ACRONYMS else word for word in self.name.split("_"))
        return words[:1].upper() + words[1:]


# In this order: a bool is an int, and what may be an int or a float is edited as a float.
_NAMES: dict[Any, Kind] = {bool: "bool", float: "float", int: "int", str: "text"}


class ParameterForm:
    """Values of every parameter of a method, some of which may still be wrong.

    Parameters
    ----------
    base : config
        What values are compared with and reset to: a preset, or the config of a run that is branched off.

    Attributes
    ----------
    replaced : Signal
        The parameters are others now.
    value_changed : Signal
        Emitted with a name: its value or its error is another.
    access_changed : Signal
        Which parameters may be edited is another.
    """

    replaced = Signal()
    value_changed = Signal(str)
    access_changed = Signal()

    def __init__(self, base: Any) -> None:
        self._access: Access = "all"
        self._take(base, {})

    def show(self, base: Any, changes: Mapping[str, Any] | None = None) -> None:
        """Edit another config; `changes` are values that differ from it already."""
        self._take(base, changes or {})
        self.replaced.emit()

    def _take(self, base: Any, changes: Mapping[str, Any]) -> None:
        self.base = base
        self.fields = tuple(Field.of(spec) for spec in parameters_of(base))
        self.values: dict[str, Any] = dataclasses.asdict(base) | dict(changes)
        self.errors: dict[str, str] = {}
        for name in changes:
            self._check(name)

    def field(self, name: str) -> Field:
        """The parameter of that name."""
        return next(field for field in self.fields if field.name == name)

    def set(self, name: str, value: Any) -> None:
        """Put a value, or a text to be parsed, into the draft; one that will not do is kept, with its error."""
        if value == self.values[name] and type(value) is type(self.values[name]):
            return
        self.values[name] = value
        wrong_before = set(self.errors)
        for each in {name, *self.errors}:  # what was wrong may be right beside the new value
            self._check(each)
        for each in {name} | (wrong_before ^ set(self.errors)):
            self.value_changed.emit(each)

    def reset(self, name: str) -> None:
        """Take the base's value."""
        self.set(name, getattr(self.base, name))

    def reset_all(self) -> None:
        """Take every value of the base."""
        self.show(self.base)

    def is_changed(self, name: str) -> bool:
        """Whether the draft differs from the base."""
        return name in self.errors or self.values[name] != getattr(self.base, name)

    @property
    def changes(self) -> dict[str, Any]:
        """Every value that differs from the base."""
        return {field.name: self.values[field.name] for field in self.fields if self.is_changed(field.name)}

    @property
    def config(self) -> Any:
        """The config that the draft makes.

        Raises
        ------
        InvalidParameter
            While a value is wrong.
        """
        return with_values(self.base, self.changes)

    @property
    def access(self) -> Access:
        """What may be edited: all before a run, live parameters during it, none while it begins and ends."""
        return self._access

    @access.setter
    def access(self, access: Access) -> None:
        if access != self._access:
            self._access = access
            self.access_changed.emit()

    def locked(self, name: str) -> str:
        """Why a parameter may not be edited now; empty where it may."""
        if self._access == "all" or (self._access == "live" and self.field(name).info.live):
            return ""
        return NOT_LIVE if self._access == "live" else NOT_NOW

    def matching(self, search: str) -> frozenset[str]:
        """The parameters whose name, heading or help holds every word of a search."""
        words = search.lower().split()
        return frozenset(field.name for field in self.fields if all(word in _text(field) for word in words))

    def _check(self, name: str) -> None:
        sound = {each: value for each, value in self.values.items() if each not in self.errors or each == name}
        try:
            config = with_values(self.base, sound)
        except InvalidParameter as error:
            self.errors[name] = str(error)
        else:
            self.errors.pop(name, None)
            self.values[name] = getattr(config, name)


def differences(config: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one config that another has not."""
    return {name: value for name, value in config.items() if name not in base or base[name] != value}


def _kinds(annotation: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if is_union else (annotation,)


def _text(field: Field) -> str:
    return f"{field.name} {field.label} {field.info.group} {field.info.help} {field.info.unit}".lower()
