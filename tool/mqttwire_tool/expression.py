# SPDX-License-Identifier: MIT
"""A small language for choosing packets: "properties.session_expiry_interval > 3600".

The syntax is Python's, read by its own parser; nothing but what stands here is evaluated.  A
comparison with a field that is not there is false.  One that can never be true, as it is of a
number with a text, is refused before anything is read.
"""

from __future__ import annotations

import ast
import json
import operator
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

import mqttwire as mq

from .kinds import ANY, FLAG, LITERALS, NUMBER, TEXT, Kind
from .outcome import UsageError

Form = Mapping[str, Any]
Value = Callable[[Form], Any]

MISSING = object()
MOST = 4096  # characters: Python's parser is not given what could exhaust it
LISTED = 20  # values that are told where one is none of them

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


NAMES = {"true": True, "false": False, "null": None}


def is_true(value: Any) -> bool:
    return value is not MISSING and bool(value)


def matches(topic: Any, topic_filter: Any) -> bool:
    """Is this a topic that the filter gets?"""
    return (
        isinstance(topic, str)
        and isinstance(topic_filter, str)
        and mq.topic_match(topic_filter, topic)
    )


# What can be called, with what, and what the answer is.
FUNCTIONS: dict[str, tuple[Callable[..., Any], list[set[str]], Kind]] = {
    "matches": (matches, [{"text"}, {"text"}], FLAG),
    "len": (len, [{"text", "list", "record"}], NUMBER),
}


def comparable(one: Kind, other: Kind) -> bool:
    """May values of these kinds be equal?"""
    if one.word == other.word == "list":
        return comparable(one.item or ANY, other.item or ANY)
    words = {one.word, other.word}
    # A flag is a number as well, to Python and to many.
    return len(words) == 1 or "" in words or words == {"number", "true or false"}


class Expression:
    """Tells of a packet's form whether it is wanted.  UsageError: this is no expression."""

    def __init__(self, text: str, names: Mapping[str, Kind]) -> None:
        """names: of fields, and what they are."""
        self.text = text
        self.names = names
        self.kinds: dict[ast.expr, Kind] = {}  # of those that were looked at
        if len(text) > MOST:
            raise UsageError("the expression is too long")
        try:
            tree = ast.parse(text.strip(), mode="eval")
            self._kind(tree.body)
            self.value = self._value(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            reason = reason or "it is nested too deeply"
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
        if name in NAMES:
            return lambda form: NAMES[name]
        return lambda form: form.get(name, MISSING)

    def _of_attribute(self, node: ast.Attribute) -> Value:
        owner, name = self._value(node.value), node.attr

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
        return lambda form: -operand(form)

    def _of_boolop(self, node: ast.BoolOp) -> Value:
        values = [self._value(value) for value in node.values]
        every = all if isinstance(node.op, ast.And) else any
        return lambda form: every(is_true(value(form)) for value in values)

    def _of_compare(self, node: ast.Compare) -> Value:
        sides = [node.left, *node.comparators]
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

    def _of_call(self, node: ast.Call) -> Value:
        function = FUNCTIONS[node.func.id][0]  # type: ignore[attr-defined]
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

    # ---- Likewise: what kind of value it has, or why there is none -------------------------------

    def _kind(self, node: ast.expr) -> Kind:
        if node not in self.kinds:
            made = getattr(self, f"_kind_of_{type(node).__name__.lower()}", None)
            if made is None:
                raise self._refuse(node, "there is nothing of that kind")
            self.kinds[node] = made(node)
        return self.kinds[node]

    def _kind_of_constant(self, node: ast.Constant) -> Kind:
        if type(node.value) not in LITERALS:
            raise self._refuse(node, "there are numbers, texts, true, false and null")
        return LITERALS[type(node.value)]

    def _kind_of_name(self, node: ast.Name) -> Kind:
        if node.id in NAMES:
            return LITERALS[type(NAMES[node.id])]
        if node.id in self.names:
            return self.names[node.id]
        owners = [name for name, kind in self.names.items() if node.id in kind.fields]
        there = f"; there is {owners[0]}.{node.id}" if owners else ""
        raise self._refuse(node, f"there is no field {node.id!r}{there}")

    def _kind_of_attribute(self, node: ast.Attribute) -> Kind:
        owner, text = self._kind(node.value), ast.unparse(node.value)
        if owner.word not in ("", "record"):
            why = f"{text} is {owner.word}: there is no field {node.attr!r} in it"
            raise self._refuse(node, why)
        if owner.word and node.attr not in owner.fields:
            raise self._refuse(node, f"there is no field {node.attr!r} in {text}")
        return owner.fields.get(node.attr, ANY)

    def _kind_of_subscript(self, node: ast.Subscript) -> Kind:
        owner, at = self._kind(node.value), self._kind(node.slice)
        if owner.word not in ("", "list", "text"):
            raise self._refuse(node, f"{ast.unparse(node.value)} is {owner.word}, not list")
        if not comparable(at, NUMBER):
            raise self._refuse(node.slice, f"{ast.unparse(node.slice)} is {at.word}, not number")
        return TEXT if owner.word == "text" else owner.item or ANY

    def _kind_of_list(self, node: ast.List | ast.Tuple) -> Kind:
        kinds = [self._kind(item) for item in node.elts]
        alike = all(kind == kinds[0] for kind in kinds)
        return Kind("list", item=kinds[0] if kinds and alike else ANY)

    _kind_of_tuple = _kind_of_list

    def _kind_of_unaryop(self, node: ast.UnaryOp) -> Kind:
        kind = self._kind(node.operand)
        if isinstance(node.op, ast.Not):
            return FLAG
        if isinstance(node.op, ast.USub) and kind == NUMBER and isinstance(
            node.operand, ast.Constant
        ):
            return NUMBER
        raise self._refuse(node, "there is no such operator")

    def _kind_of_boolop(self, node: ast.BoolOp) -> Kind:
        for value in node.values:
            self._kind(value)
        return FLAG

    def _kind_of_compare(self, node: ast.Compare) -> Kind:
        sides = [node.left, *node.comparators]
        for left, op, right in zip(sides, node.ops, sides[1:]):
            if type(op) not in COMPARISONS:
                raise self._refuse(node, "there is no such comparison")
            if not isinstance(op, (ast.In, ast.NotIn)):
                equal = isinstance(op, (ast.Eq, ast.NotEq))
                self._compare(left, right, self._kind(right), equal)
            elif isinstance(right, (ast.List, ast.Tuple)):
                for item in right.elts:
                    self._compare(left, item, self._kind(item), True)
            else:
                self._look_into(left, right)
        return FLAG

    def _look_into(self, left: ast.expr, right: ast.expr) -> None:
        one, owner, text = self._kind(left), self._kind(right), ast.unparse(right)
        if owner.word in ("number", "true or false"):
            raise self._refuse(right, f"{text} is {owner.word}, not list")
        names = Kind("text", values=tuple(owner.fields))
        inside = {"list": owner.item or ANY, "record": names}.get(owner.word, owner)
        if not comparable(one, inside):
            raise self._refuse(left, f"in {text} there is {inside.word}, not {one.word}")
        if owner.word in ("list", "record") and isinstance(left, ast.Constant):
            self._check_value(left, inside, f"in {text} there is never")

    def _check_value(self, node: ast.Constant, kind: Kind, never: str) -> None:
        """Refuses a value that there is not among those of a kind."""
        value = node.value
        if kind.values and value not in kind.values:
            known = list(map(str, kind.values))
            near = known if len(known) <= LISTED else get_close_matches(str(value), known)
            there = f"; there is {', '.join(near)}" if near else ""
            raise self._refuse(node, f"{never} {json.dumps(value, ensure_ascii=False)}{there}")
        if kind.most is not None and isinstance(value, (int, float)) and value > kind.most:
            raise self._refuse(node, f"{never} {value}: {kind.most} is the most")

    def _compare(self, left: ast.expr, right: ast.expr, other: Kind, equal: bool) -> None:
        """Refuses what can never be true.  Of a field and a literal the literal is at fault."""
        one = self._kind(left)
        if isinstance(left, ast.Constant):
            left, one, right, other = right, other, left, one
        text = ast.unparse(left)
        if not comparable(one, other):
            raise self._refuse(right, f"{text} is {one.word}, not {other.word}")
        if not isinstance(right, ast.Constant):
            return
        value = right.value
        if text == "type" and isinstance(value, str):
            right.value = value.upper()
        if equal:
            self._check_value(right, one, f"{text} is never")
        if one.is_hex and isinstance(value, str) and value.strip("0123456789abcdef"):
            there = ": see payload_text" if text.endswith("payload") else ""
            raise self._refuse(right, f"{text} is hex, in small letters{there}")

    def _kind_of_call(self, node: ast.Call) -> Kind:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise self._refuse(node, f"there is no such function; there is {', '.join(FUNCTIONS)}")
        if node.keywords:
            raise self._refuse(node, "functions take no names")
        name = node.func.id
        _, wanted, answer = FUNCTIONS[name]
        if len(node.args) != len(wanted):
            raise self._refuse(node, f"{name} takes {len(wanted)}, not {len(node.args)}")
        for argument, words in zip(node.args, wanted):
            kind = self._kind(argument)
            if kind.word and kind.word not in words:
                text = ast.unparse(argument)
                raise self._refuse(argument, f"{text} is {kind.word}: not for {name}")
        if name == "matches":
            self._check_filter(node.args[1])
        return answer

    def _check_filter(self, node: ast.expr) -> None:
        """Refuses a literal that is no topic filter."""
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            return
        try:
            mq.topic_filter_check(node.value)
        except mq.MqttError as error:
            why = f"{node.value!r} is no topic filter: {error.message}"
            raise self._refuse(node, why) from None
