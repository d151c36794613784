# SPDX-License-Identifier: MIT
"""A small language for choosing packets: "properties.session_expiry_interval > 3600".

The syntax is Python's, read by its own parser; nothing but what stands here is evaluated.  A
comparison with a field that is not there is false.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import mqttwire as mq

from .outcome import UsageError

Form = Mapping[str, Any]
Value = Callable[[Form], Any]

MISSING = object()
MOST = 4096  # characters: Python's parser is not given what could exhaust it

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}


# What literals are, and fields.
KINDS = {int: "number", float: "number", bool: "true or false", str: "text"}


def is_true(value: Any) -> bool:
    return value is not MISSING and bool(value)


def matches(topic: Any, topic_filter: Any) -> bool:
    """Is this a topic that the filter gets?"""
    return (
        isinstance(topic, str)
        and isinstance(topic_filter, str)
        and mq.topic_match(topic_filter, topic)
    )


# What can be called, and with how many arguments.
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {"matches": (matches, 2), "len": (len, 1)}


class Expression:
    """Tells of a packet's form whether it is wanted.  UsageError: this is no expression."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        """names: of fields, and what they are: "number", "text", ..., "" if that differs."""
        self.text = text
        self.names = names
        if len(text) > MOST:
            raise UsageError("the expression is too long")
        try:
            tree = ast.parse(text.strip(), mode="eval")
            self.value = self._value(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            raise UsageError(f"{text!r} is no expression: {reason}") from None

    def __call__(self, form: Form) -> bool:
        return is_true(self.value(form))

    def _refuse(self, node: ast.AST, why: str) -> UsageError:
        column = getattr(node, "col_offset", 0) + 1
        return UsageError(f"{self.text!r}, character {column}: {why}")

    # ---- One function for each kind of node: what it stands for --------------------------------

    def _value(self, node: ast.expr) -> Value:
        made = getattr(self, f"_of_{type(node).__name__.lower()}", None)
        if made is None:
            raise self._refuse(node, "there is nothing of that kind")
        value: Value = made(node)
        return value

    def _of_constant(self, node: ast.Constant) -> Value:
        value = node.value
        return lambda form: value

    def _of_name(self, node: ast.Name) -> Value:
        name = node.id
        literal = {"true": True, "false": False, "null": None}.get(name, MISSING)
        if literal is not MISSING:
            return lambda form: literal
        if name not in self.names:
            raise self._refuse(node, f"there is no field {name!r}")
        return lambda form: form.get(name, MISSING)

    def _of_attribute(self, node: ast.Attribute) -> Value:
        owner, name = self._value(node.value), node.attr
        if name not in self.names:
            raise self._refuse(node, f"there is no field {name!r}")

        def attribute(form: Form) -> Any:
            found = owner(form)
            return found.get(name, MISSING) if isinstance(found, Mapping) else MISSING

        return attribute

    def _of_subscript(self, node: ast.Subscript) -> Value:
        owner, index = self._value(node.value), self._value(node.slice)

        def element(form: Form) -> Any:
            items, at = owner(form), index(form)
            if not isinstance(items, (list, str)) or not isinstance(at, int):
                return MISSING
            return items[at] if -len(items) <= at < len(items) else MISSING

        return element

    def _of_list(self, node: ast.List | ast.Tuple) -> Value:
        items = [self._value(item) for item in node.elts]
        return lambda form: [item(form) for item in items]

    _of_tuple = _of_list

    def _of_unaryop(self, node: ast.UnaryOp) -> Value:
        operand = self._value(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda form: not is_true(operand(form))
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return lambda form: -operand(form)
        raise self._refuse(node, "there is no such operator")

    def _of_boolop(self, node: ast.BoolOp) -> Value:
        values = [self._value(value) for value in node.values]
        every = all if isinstance(node.op, ast.And) else any
        return lambda form: every(is_true(value(form)) for value in values)

    def _of_compare(self, node: ast.Compare) -> Value:
        sides = [node.left, *node.comparators]
        for at, op in enumerate(node.ops):
            if type(op) not in COMPARISONS:
                raise self._refuse(node, "there is no such comparison")
            self._check(sides[at], op, sides[at + 1])
            self._check(sides[at + 1], op, sides[at])
        values = [self._value(value) for value in sides]
        compare = [COMPARISONS[type(op)] for op in node.ops]

        def compared(form: Form) -> bool:
            found = [value(form) for value in values]
            if MISSING in found:
                return False
            try:
                return all(test(found[at], found[at + 1]) for at, test in enumerate(compare))
            except TypeError:  # "a" < 1
                return False

        return compared

    def _kind(self, node: ast.expr) -> tuple[str, str]:
        """The name of a field, and what it is."""
        name = getattr(node, "id", getattr(node, "attr", ""))
        return name, self.names.get(name, "")

    def _check(self, field: ast.expr, op: ast.cmpop, other: ast.expr) -> None:
        """Refuses a comparison of a field with literals of which none can be its value."""
        name, kind = self._kind(field)
        if not kind:
            return
        listed = isinstance(other, (ast.List, ast.Tuple)) and isinstance(op, (ast.In, ast.NotIn))
        for literal in other.elts if listed else [other]:  # type: ignore[attr-defined]
            if not isinstance(literal, ast.Constant) or literal.value is None:
                continue
            given = KINDS.get(type(literal.value), "something else")
            # A flag is a number as well, to Python and to many.
            if given != kind and {given, kind} != {"number", "true or false"}:
                raise self._refuse(literal, f"{name} is {kind}, not {given}")
            if not isinstance(literal.value, str):
                continue
            if name == "type":
                literal.value = literal.value.upper()
            if name == "payload" and literal.value.strip("0123456789abcdef"):
                raise self._refuse(literal, "payload is hex, in small letters: see payload_text")

    def _of_call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise self._refuse(node, f"there is no such function; there is {', '.join(FUNCTIONS)}")
        if node.keywords:
            raise self._refuse(node, "functions take no names")
        function, wanted = FUNCTIONS[node.func.id]
        if len(node.args) != wanted:
            raise self._refuse(node, f"{node.func.id} takes {wanted}, not {len(node.args)}")
        for argument in node.args:
            name, kind = self._kind(argument)
            if kind not in ("", "text"):
                raise self._refuse(argument, f"{name} is {kind}: not for {node.func.id}")
        arguments = [self._value(argument) for argument in node.args]

        def called(form: Form) -> Any:
            found = [argument(form) for argument in arguments]
            if MISSING in found:
                return MISSING
            try:
                return function(*found)
            except TypeError:
                return MISSING

        return called
