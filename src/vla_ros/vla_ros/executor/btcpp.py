# SPDX-License-Identifier: Apache-2.0
"""Trees in the XML of BehaviorTree.CPP 4, which Groot2 shows and edits. No tree is built here and nothing is ticked.

``sequence`` is their Sequence, ``selector`` their Fallback (both remember the child that runs, as ours do); every other
node is a custom one, named in ``TreeNodesModel`` so that the editor knows its ports. ``RetryUntilSuccessful`` and
sub-trees are read too; a sub-tree is put in place. What an editor adds for itself (``_x``, ``_uid`` …) is left out.
"""

from __future__ import annotations

import inspect
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.executor.behaviours import LEAVES
from vla_ros.executor.decorators import DECORATORS

__all__ = ["tree_from_xml", "tree_to_xml"]

_FORMAT, _MAIN = "4", "Main"
_COMPOSITES = {"sequence": "Sequence", "selector": "Fallback"}
_GIVEN = frozenset({"self", "name", "context", "child"})
_RETRY = "RetryUntilSuccessful"  # of BehaviorTree.CPP; its port is num_attempts
_DEEPEST = 64  # a tree that is deeper holds itself


def tree_to_xml(data: Mapping[str, Any]) -> str:
    """Return the XML document of a tree's data; see ``build_tree`` for the data."""
    root = ET.Element("root", BTCPP_format=_FORMAT, main_tree_to_execute=_MAIN)
    tree = ET.SubElement(root, "BehaviorTree", ID=_MAIN)
    used: dict[str, str] = {}
    tree.append(_element(data, used))
    model = ET.SubElement(root, "TreeNodesModel")
    for kind, category in sorted(used.items()):
        entry = ET.SubElement(model, category, ID=_pascal(kind))
        for port in _ports(kind):
            ET.SubElement(entry, "input_port", name=port)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def tree_from_xml(text: str) -> dict[str, Any]:
    """Return a tree's data.

    Raises:
        ConfigError: it is no XML of this format, or a node or port is unknown; the sentence says which.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ConfigError("a tree's XML must not declare a document type")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise ConfigError(f"the tree is no XML: {error}") from error
    if root.tag != "root" or root.get("BTCPP_format") != _FORMAT:
        raise ConfigError(f'a tree\'s XML begins with <root BTCPP_format="{_FORMAT}">')
    trees = {str(tree.get("ID")): tree for tree in root.findall("BehaviorTree")}
    if not trees:
        raise ConfigError("the XML holds no BehaviorTree")
    main = root.get("main_tree_to_execute") or next(iter(trees))
    return _tree(main, trees, 0)


def _element(data: Mapping[str, Any], used: dict[str, str]) -> ET.Element:
    kind, arguments = next(iter(data.items()))
    if kind in _COMPOSITES:
        element = ET.Element(_COMPOSITES[kind])
        element.extend(_element(child, used) for child in arguments)
        return element
    used[kind] = "Decorator" if kind in DECORATORS else "Action"
    plain = {key: value for key, value in dict(arguments or {}).items() if key != "child"}
    element = ET.Element(_pascal(kind), {key: str(value) for key, value in plain.items()})
    if kind in DECORATORS:
        element.append(_element(arguments["child"], used))
    return element


def _tree(name: str, trees: Mapping[str, ET.Element], depth: int) -> dict[str, Any]:
    if name not in trees:
        raise ConfigError(unknown_name("tree", name, trees))
    if depth > _DEEPEST:
        raise ConfigError(f"the tree '{name}' holds itself")
    return _data(_only_child(trees[name], f"the tree '{name}'"), trees, depth + 1)


def _data(element: ET.Element, trees: Mapping[str, ET.Element], depth: int) -> dict[str, Any]:
    tag = str(element.get("ID")) if element.tag in ("Action", "Decorator", "Condition") else element.tag
    if tag == "SubTree":
        return _tree(str(element.get("ID")), trees, depth)
    for kind, theirs in _COMPOSITES.items():
        if tag == theirs:
            return {kind: [_data(child, trees, depth) for child in element]}
    if tag == _RETRY:
        times = _value("times", str(element.get("num_attempts")), _RETRY)
        return {"retry": {"times": times, "child": _data(_only_child(element, _RETRY), trees, depth)}}
    kinds = {_pascal(kind): kind for kind in (*DECORATORS, *LEAVES)}
    if tag not in kinds:
        raise ConfigError(unknown_name("node", tag, [*_COMPOSITES.values(), _RETRY, "SubTree", *kinds]))
    kind = kinds[tag]
    known = [*_ports(kind), "name"]
    arguments = {
        key: _value(key, value, tag) for key, value in element.attrib.items() if key != "ID" and not key.startswith("_")
    }
    for key in arguments:
        if key not in known:
            raise ConfigError(f"{tag}: {unknown_name('port', key, known)}")
    if kind in DECORATORS:
        arguments["child"] = _data(_only_child(element, tag), trees, depth)
    return {kind: arguments}


def _only_child(element: ET.Element, what: str) -> ET.Element:
    children = list(element)
    if len(children) != 1:
        raise ConfigError(f"{what} must hold one node, it holds {len(children)}")
    return children[0]


def _ports(kind: str) -> list[str]:
    parameters = inspect.signature({**DECORATORS, **LEAVES}[kind].__init__).parameters
    return [name for name in parameters if name not in _GIVEN]


def _value(key: str, text: str, tag: str) -> Any:
    if key == "name":
        return text
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"{tag}: {key} must be a whole number, got '{text}'") from error


def _pascal(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("_"))
