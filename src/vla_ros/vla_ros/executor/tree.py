# SPDX-License-Identifier: Apache-2.0
"""Builds behaviour trees out of data and shows them. No file is read here and no leaf is defined.

A node is a mapping with one key. Composites hold a list (``sequence``, ``selector``), decorators a mapping with
``child`` and their own arguments, leaves a mapping with their arguments, usually empty::

    {sequence: [{make_plan: {}}, {for_each_subtask: {child: {run_skill: {}}}}]}
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Selector, Sequence

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.executor.behaviours import LEAVES
from vla_ros.executor.context import TaskContext
from vla_ros.executor.decorators import DECORATORS

__all__ = ["as_data", "as_text", "build_tree"]

_COMPOSITES = {"sequence": Sequence, "selector": Selector}
_MARKS = {Status.SUCCESS: "✓", Status.FAILURE: "✗", Status.RUNNING: "▶", Status.INVALID: "·"}


def build_tree(data: Any, context: TaskContext, place: str = "tree") -> Behaviour:
    """Return the tree that ``data`` describes.

    Raises:
        ConfigError: a node or an argument is unknown or missing; the sentence says where.
    """
    if not isinstance(data, Mapping) or len(data) != 1:
        raise ConfigError(f"{place}: a node is a mapping with one key, got {data!r}")
    kind, arguments = next(iter(data.items()))
    place = f"{place}.{kind}"
    if kind in _COMPOSITES:
        if not isinstance(arguments, list) or not arguments:
            raise ConfigError(f"{place}: must be a list of nodes")
        children = [build_tree(child, context, f"{place}[{index}]") for index, child in enumerate(arguments)]
        return _COMPOSITES[kind](name=kind, memory=True, children=children)
    arguments = dict(arguments or {})
    name = str(arguments.pop("name", kind))
    if kind in DECORATORS:
        child = build_tree(arguments.pop("child", None), context, place)
        return _make(DECORATORS[kind], {"name": name, "context": context, "child": child}, arguments, place)
    if kind in LEAVES:
        return _make(LEAVES[kind], {"name": name, "context": context}, arguments, place)
    raise ConfigError(f"{place}: {unknown_name('node', kind, [*_COMPOSITES, *DECORATORS, *LEAVES])}")


def as_data(node: Behaviour) -> dict[str, Any]:
    """Return a tree's state as plain data."""
    return {
        "name": node.name,
        "kind": type(node).__name__,
        "status": node.status.name,
        "message": node.feedback_message,
        "children": [as_data(child) for child in node.children],
    }


def as_text(node: Behaviour, depth: int = 0) -> str:
    """Return a tree's state as indented lines."""
    note = f"  ({node.feedback_message})" if node.feedback_message else ""
    line = f"{'  ' * depth}{_MARKS[node.status]} {node.name}{note}"
    return "\n".join([line, *(as_text(child, depth + 1) for child in node.children)])


def _make(node_class: Any, given: dict[str, Any], arguments: dict[str, Any], place: str) -> Behaviour:
    known = [name for name in inspect.signature(node_class).parameters if name not in given]
    for key in arguments:
        if key not in known:
            raise ConfigError(f"{place}: {unknown_name('argument', key, known)}")
    absent = [name for name in known if name not in arguments]
    if absent:
        raise ConfigError(f"{place}: the argument '{absent[0]}' is missing")
    return node_class(**given, **arguments)
