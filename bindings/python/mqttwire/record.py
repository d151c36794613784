# SPDX-License-Identifier: MIT
"""What packets, their parts and sets of properties have in common."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar, SupportsIndex, TypeVar, overload

Self = TypeVar("Self", bound="Record")
Own = TypeVar("Own", bound="Copied")
Item = TypeVar("Item")
Set = TypeVar("Set", bound="PropertySet")


def as_list(items: Sequence[Item]) -> list[Item]:
    """A list of them.  What is none stays as it is, for encoding to complain of."""
    if isinstance(items, (list, str)) or not isinstance(items, Sequence):
        return items
    return list(items)


def own(value: Any) -> Any:
    """A copy of what can be changed: lists, and objects that are Copied."""
    if isinstance(value, Copied):
        return copy.copy(value)
    if isinstance(value, list):
        return [own(item) for item in value]
    if isinstance(value, dict):
        return {name: own(item) for name, item in value.items()}
    return value


def lasting(value: Any) -> Any:
    """A view's bytes: its memory stays with this process."""
    if isinstance(value, dict):
        return {name: lasting(item) for name, item in value.items()}
    return value.tobytes() if isinstance(value, memoryview) else value


def state(copied: Copied) -> tuple[dict[str, Any], dict[str, Any]]:
    """The attributes that a subclass has in a dict, and those in slots."""
    found: Any = object.__reduce_ex__(copied, 2)[2]
    attributes, slots = found if isinstance(found, tuple) else (found, None)
    return attributes or {}, slots or {}


class Copied:
    """An object whose copy shares nothing with it that can be changed."""

    __slots__ = ()

    def __copy__(self: Own) -> Own:
        made = type(self).__new__(type(self))
        for attributes in state(self):
            for name, value in attributes.items():
                setattr(made, name, own(value))
        return made

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """As Python pickles objects, and deepcopy copies them, but with the bytes of views."""
        reduced: Any = object.__reduce_ex__(self, 2)
        attributes, slots = state(self)
        return (*reduced[:2], (lasting(attributes) or None, lasting(slots)))


class Record(Copied):
    """An object with named fields: compared and shown by them."""

    __slots__ = ()

    _fields: ClassVar[tuple[str, ...]] = ()  # in the order in which they are shown
    _lists: ClassVar[tuple[str, ...]] = ()  # those that are lists

    def _meant(self, name: str) -> Any:
        """The value of a field, as decoding would tell it."""
        value = getattr(self, name)
        return as_list(value) if name in self._lists else value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(self._meant(name) == other._meant(name) for name in self._fields)

    def __repr__(self) -> str:
        """As it can be written in Python, without fields that are as they are by default."""
        defaults: dict[str, Any] = type(self).__init__.__kwdefaults__ or {}
        shown = []
        for name in self._fields:
            value = getattr(self, name)
            if name in defaults and value in (defaults[name], NO_PROPERTIES, NO_ITEMS):
                continue
            shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def replace(self: Self, **changes: Any) -> Self:
        """A copy of which some fields are changed.

        Its lists, properties and parts are its own, like those of copy.copy(): what is changed in
        them later is not changed here.  A payload is not copied.
        TypeError: there is no such field.
        """
        changed = copy.copy(self)
        for name, value in changes.items():
            if name not in self._fields:
                raise TypeError(f"{type(self).__name__} has no field {name!r}")
            setattr(changed, name, as_list(value) if name in self._lists else value)
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

    def __set__(self, owner: PropertySet, value: Any) -> None:
        super().__set__(owner, as_list(value))


class PropertySet(Copied):
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
        return self._values == other._values or self._meant() == other._meant()

    def _meant(self) -> dict[str, Any]:
        """Those that are there, with pairs as decoding tells them."""
        return {name: with_pairs(value) for name, value in self.present().items()}

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.present().items())
        return f"{type(self).__name__}({', '.join(shown)})"


NO_PROPERTIES = PropertySet()
NO_ITEMS: list[Any] = []


def with_pairs(value: Any) -> Any:
    """A list in which pairs that are lists are tuples."""
    if not isinstance(value, list):
        return value
    return [tuple(item) if isinstance(item, list) else item for item in value]


def document(cls: type, **texts: str) -> None:
    """Gives the fields of a named tuple the docstrings that its syntax has no place for."""
    for name, text in texts.items():
        getattr(cls, name).__doc__ = text
