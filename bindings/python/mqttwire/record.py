# SPDX-License-Identifier: MIT
"""What packets, their parts and sets of properties have in common."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, TypeVar, overload

Self = TypeVar("Self", bound="Record")
Set = TypeVar("Set", bound="PropertySet")


class Record:
    """An object with named fields: compared and shown by them."""

    __slots__ = ()

    _fields: ClassVar[tuple[str, ...]] = ()  # in the order in which they are shown

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._fields)

    def __repr__(self) -> str:
        """As it can be written in Python, without fields that are as they are by default."""
        defaults: dict[str, Any] = type(self).__init__.__kwdefaults__ or {}
        shown = []
        for name in self._fields:
            value = getattr(self, name)
            if name in defaults and (value == defaults[name] or value == NO_PROPERTIES):
                continue
            shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def replace(self: Self, **changes: Any) -> Self:
        """A copy of which some fields are changed."""
        changed = copy.copy(self)
        for name, value in changes.items():
            if name not in self._fields:
                raise TypeError(f"{type(self).__name__} has no field {name!r}")
            setattr(changed, name, value)
        return changed

    __replace__ = replace  # copy.replace of Python 3.13


class ScalarProperty:
    """A property of PropertySet that is there at most once."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.__doc__ = text

    @overload
    def __get__(self: Descriptor, owner: None, cls: type) -> Descriptor: ...
    @overload
    def __get__(self, owner: PropertySet, cls: type) -> Any: ...
    def __get__(self, owner: PropertySet | None, cls: type) -> Any:
        return self if owner is None else owner._values.get(self.name)

    def __set__(self, owner: PropertySet, value: Any) -> None:
        if value is None:
            owner._values.pop(self.name, None)
        else:
            owner._values[self.name] = value

    def __delete__(self, owner: PropertySet) -> None:
        owner._values.pop(self.name, None)


Descriptor = TypeVar("Descriptor", bound=ScalarProperty)


class ListProperty(ScalarProperty):
    """A property that may be there several times: a list, which can be appended to."""

    @overload
    def __get__(self: Descriptor, owner: None, cls: type) -> Descriptor: ...
    @overload
    def __get__(self, owner: PropertySet, cls: type) -> Any: ...
    def __get__(self, owner: PropertySet | None, cls: type) -> Any:
        return self if owner is None else owner._values.setdefault(self.name, [])


class PropertySet:
    """A set of properties, by name; Properties adds an attribute for each."""

    __slots__ = ("_values",)

    _names: ClassVar[tuple[str, ...]] = ()
    _values: dict[str, Any]  # those that are there; an empty list is one that is not

    def __init__(self, **values: Any) -> None:
        self._values = {}
        for name, value in values.items():
            if name not in self._names:
                raise TypeError(f"there is no property {name!r}")
            setattr(self, name, value)

    def present(self) -> dict[str, Any]:
        """Those that are there, by name."""
        return {name: value for name, value in self._values.items() if value != []}

    def __bool__(self) -> bool:
        """Is there any?"""
        return bool(self.present())

    def __contains__(self, name: object) -> bool:
        return name in self.present()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PropertySet):
            return NotImplemented
        return self._values == other._values or self.present() == other.present()

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.present().items())
        return f"{type(self).__name__}({', '.join(shown)})"


NO_PROPERTIES = PropertySet()


def document(cls: type, **texts: str) -> None:
    """Gives the fields of a named tuple the docstrings that its syntax has no place for."""
    for name, text in texts.items():
        getattr(cls, name).__doc__ = text
