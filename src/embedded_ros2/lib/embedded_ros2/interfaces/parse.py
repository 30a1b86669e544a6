# SPDX-License-Identifier: Apache-2.0
"""The grammar of .msg, .srv and .action texts. No files, no resolving of the types that a text names."""

from __future__ import annotations

import ast
import keyword
import re
from typing import Any

from .definition import (
    INTEGER_RANGES,
    PRIMITIVES,
    STRINGS,
    ActionDefinition,
    Constant,
    Definition,
    Field,
    FieldType,
    MessageDefinition,
    ServiceDefinition,
)
from .errors import DefinitionError, nearest

PART_NAMES = {"msg": ("",), "srv": ("_Request", "_Response"), "action": ("_Goal", "_Result", "_Feedback")}

_TYPE = re.compile(
    r"(?P<base>[A-Za-z]\w*(?:/[A-Za-z]\w*)*)"
    r"(?:<=(?P<bound>\d+))?"
    r"(?P<array>\[(?:<=)?\d*\])?"
)
_CONSTANT = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)\s*=\s*(?P<value>.*)")
_FIELD = re.compile(r"(?P<name>[A-Za-z]\w*)(?:\s+(?P<default>.+))?")
_FIELD_NAME = re.compile(r"[a-z](?:_?[a-z0-9]+)*")
# The rosidl grammar still takes the two ROS 1 words.
_ALIASES = {"time": "builtin_interfaces/msg/Time", "duration": "builtin_interfaces/msg/Duration"}


def parse_interface(name: str, text: str) -> Definition:
    """Parse the text of the interface ``package/kind/Name``, kind being msg, srv or action.

    Raises:
        DefinitionError: naming the interface and the line.
    """
    _, kind, _ = name.split("/")
    suffixes = PART_NAMES[kind]
    parts: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        if kind != "msg" and line.strip() == "---":
            parts.append([])
        else:
            parts[-1].append((number, line))
    if len(parts) != len(suffixes):
        raise DefinitionError(f"{name}: {len(suffixes) - 1} separator lines '---' expected, {len(parts) - 1} found")
    messages = [_parse_message(name + suffix, lines) for suffix, lines in zip(suffixes, parts, strict=True)]
    if kind == "msg":
        return messages[0]
    return ServiceDefinition(name, *messages) if kind == "srv" else ActionDefinition(name, *messages)


def _parse_message(name: str, lines: list[tuple[int, str]]) -> MessageDefinition:
    fields: list[Field] = []
    constants: list[Constant] = []
    for number, line in lines:
        stripped = _without_comment(line).strip()
        if not stripped:
            continue
        try:
            item = _parse_line(stripped, name.split("/")[0])
        except DefinitionError as error:
            raise DefinitionError(f"{name}, line {number}: {error}") from None
        if item.name in {other.name for other in (*fields, *constants)}:
            raise DefinitionError(f"{name}, line {number}: {item.name!r} is defined twice")
        if isinstance(item, Field):
            fields.append(item)
        else:
            constants.append(item)
    return MessageDefinition(name, tuple(fields), tuple(constants))


# A comment starts at the first # outside quotes; only a quote at the start of a value opens a string.
_COMMENT = re.compile(r"""((?:(?<=[\s=\[,])"(?:\\.|[^"\\])*"|(?<=[\s=\[,])'(?:\\.|[^'\\])*'|[^#])*?)(?:#.*)?""")


def _without_comment(line: str) -> str:
    match = _COMMENT.fullmatch(line)
    return line if match is None else match[1]


def _parse_line(line: str, package: str) -> Field | Constant:
    type_text, _, rest = line.partition(" ")
    if "\t" in type_text:
        type_text, _, rest = line.partition("\t")
    rest = rest.strip()
    if match := _CONSTANT.fullmatch(rest):
        return _parse_constant(type_text, match["name"], match["value"].strip())
    field_type = parse_type(type_text, package)
    match = _FIELD.fullmatch(rest)
    if match is None:
        raise DefinitionError(f"a field is 'type name [default]', got {line!r}")
    name = match["name"]
    if not _FIELD_NAME.fullmatch(name):
        raise DefinitionError(f"field name {name!r} must be lower case words joined by single underscores")
    if keyword.iskeyword(name):
        raise DefinitionError(f"field name {name!r} is a word of the Python language")
    default = match["default"]
    return Field(name, field_type, None if default is None else parse_default(field_type, default.strip()))


def _parse_constant(type_text: str, name: str, value_text: str) -> Constant:
    match = _TYPE.fullmatch(type_text)
    if match is None or match["array"] or match["base"] not in (*PRIMITIVES, *STRINGS):
        raise DefinitionError(f"constant {name} needs a primitive type, got {type_text!r}")
    return Constant(name, match["base"], _parse_value(match["base"], value_text))


def parse_type(text: str, package: str) -> FieldType:
    """Parse e.g. ``float64[<=3]``; a bare message name belongs to ``package``."""
    match = _TYPE.fullmatch(text)
    if match is None:
        raise DefinitionError(f"{text!r} is no type")
    base = _resolve_base(match["base"], package)
    bound = None if match["bound"] is None else int(match["bound"])
    if bound is not None and base not in STRINGS:
        raise DefinitionError(f"{text!r}: only strings take a length bound")
    array = match["array"]
    if array is None:
        return FieldType(base, bound)
    digits = array.strip("[]<=")
    if array == "[]":
        return FieldType(base, bound, "sequence")
    if not digits or int(digits) == 0:
        raise DefinitionError(f"{text!r}: the number of elements must be > 0")
    return FieldType(base, bound, "bounded" if "<=" in array else "array", int(digits))


def _resolve_base(base: str, package: str) -> str:
    if base in PRIMITIVES or base in STRINGS:
        return base
    if base in _ALIASES:
        return _ALIASES[base]
    parts = base.split("/")
    if not parts[-1][0].isupper():
        raise DefinitionError(f"unknown type {base!r}{nearest(base, (*PRIMITIVES, *STRINGS))}")
    if len(parts) == 1:
        return f"{package}/msg/{base}"
    if len(parts) == 3:
        return base
    return f"{parts[0]}/msg/{parts[1]}"


def parse_default(field_type: FieldType, text: str) -> Any:
    """Parse the default value of a field; containers give a list."""
    if field_type.is_nested:
        raise DefinitionError("a field of message type takes no default")
    if not field_type.container:
        return _check_string(field_type, _parse_value(field_type.base, text))
    if not (text.startswith("[") and text.endswith("]")):
        raise DefinitionError(f"the default of an array is written [a, b], got {text!r}")
    items = _split_items(text[1:-1])
    if field_type.container == "array" and len(items) != field_type.capacity:
        raise DefinitionError(f"{field_type.capacity} default values expected, got {len(items)}")
    if field_type.container == "bounded" and len(items) > field_type.capacity:
        raise DefinitionError(f"at most {field_type.capacity} default values allowed, got {len(items)}")
    return [_check_string(field_type, _parse_value(field_type.base, item)) for item in items]


def _split_items(text: str) -> list[str]:
    items = re.findall(r"""\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^,]+?)\s*(?:,|$)""", text)
    return [item for item in items if item.strip()]


def _check_string(field_type: FieldType, value: Any) -> Any:
    if field_type.string_bound is not None and len(value) > field_type.string_bound:
        raise DefinitionError(f"default {value!r} is longer than {field_type.string_bound}")
    return value


def _parse_value(base: str, text: str) -> Any:
    if not text:
        raise DefinitionError(f"a value of type {base} is missing")
    if base in STRINGS:
        return _parse_string(text)
    if base == "bool":
        return _parse_bool(text)
    if base in ("float32", "float64"):
        return _parse_number(float, base, text)
    value = _parse_number(lambda digits: int(digits, 0), base, text)
    low, high = INTEGER_RANGES[base]
    if not low <= value <= high:
        raise DefinitionError(f"{value} is outside the range of {base}, {low} to {high}")
    return bytes((value,)) if base == "byte" else value


def _parse_bool(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise DefinitionError(f"a bool is true or false, got {text!r}")
    return text.lower() in ("true", "1")


def _parse_number(convert: Any, base: str, text: str) -> Any:
    try:
        return convert(text)
    except ValueError:
        raise DefinitionError(f"{text!r} is no value of type {base}") from None


def _parse_string(text: str) -> str:
    if text[0] in "\"'" and text[-1] == text[0] and len(text) > 1:
        try:
            return str(ast.literal_eval(text))
        except (SyntaxError, ValueError):
            return text[1:-1]
    return text
