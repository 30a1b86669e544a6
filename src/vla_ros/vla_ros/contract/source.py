# SPDX-License-Identifier: Apache-2.0
"""From a contract file to one resolved mapping: YAML, then the chosen robot and target laid over it. No meaning."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from vla_ros.contract.section import Section
from vla_ros.errors import ContractError, nearest_hint

__all__ = ["read_section"]

_CHOICES = {"robot": "robots", "target": "targets"}


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a repeated key instead of keeping the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 (yaml's own signature)
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(getattr(key_node, "value", ""))
            if key in seen and key != "<<":
                raise ContractError(f"line {key_node.start_mark.line + 1}: the key '{key}' is repeated.")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_section(source: Path | str, choice: Mapping[str, str]) -> tuple[Section, str]:
    """Read a contract and lay the chosen robot and target over it.

    Args:
        source: A path, or the text of a contract (told by its line breaks).
        choice: ``robot`` and ``target``; empty ones are the file's defaults.

    Returns:
        The resolved top section and the variant, e.g. ``fr3/sim``.

    Raises:
        ContractError: no such file, no YAML, or an unknown robot or target.
    """
    file, text = _text(source)
    top = Section(file, "", _mapping(file, text))
    data = {key: value for key, value in top.data.items() if key not in {*_CHOICES.values(), "defaults"}}
    defaults = top.section("defaults")
    defaults.check_keys(_CHOICES)
    chosen = [_overlay(top, defaults, part, choice.get(part, "")) for part in _CHOICES]
    for name, overlay in chosen:
        data = _merge(data, overlay) if name else data
    return Section(file, "", data), "/".join(name for name, _ in chosen if name)


def _text(source: Path | str) -> tuple[str, str]:
    if isinstance(source, str) and "\n" in source:
        return "contract", source
    path = Path(source)
    try:
        return path.name, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        beside = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        hint = nearest_hint(path.name, beside)
        raise ContractError(f"{path}: the contract cannot be read ({type(error).__name__}).{hint}") from error


def _mapping(file: str, text: str) -> Mapping[str, Any]:
    try:
        data = yaml.load(text, Loader=_Loader)  # a SafeLoader
    except ContractError as error:
        raise ContractError(f"{file}: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ContractError(f"{file}: line {line}: this is no YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise ContractError(f"{file}: this is no YAML: {str(error).splitlines()[0]}.") from None
    if not isinstance(data, Mapping):
        raise ContractError(f"{file}: got {data!r}, expected a mapping of keys to values.")
    return data


def _overlay(top: Section, defaults: Section, part: str, wanted: str) -> tuple[str, Mapping[str, Any]]:
    options = top.sections(_CHOICES[part])
    name = wanted or (defaults.text(part) if part in defaults.data else "")
    if not name:
        return "", {}
    if name not in options:
        known = ", ".join(options) or "none"
        raise ContractError(
            f"{top.file}: {_CHOICES[part]}: got {name!r}, expected one of {known}.{nearest_hint(name, options)}"
        )
    return name, options[name].data


def _merge(base: Any, overlay: Any) -> Any:
    if not (isinstance(base, Mapping) and isinstance(overlay, Mapping)):
        return overlay
    return {**base, **{key: _merge(base.get(key), value) for key, value in overlay.items()}}
