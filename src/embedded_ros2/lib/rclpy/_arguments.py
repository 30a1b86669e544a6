# SPDX-License-Identifier: Apache-2.0
"""The ``--ros-args`` of a command line: remap rules and flags. Parameter rules are read by ``_parameter_overrides``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rclpy.exceptions import RemapError, UnknownROSArgsError

_START, _END = "--ros-args", "--"
_REMAP_FLAGS = ("-r", "--remap")
_ENCLAVE_FLAGS = ("-e", "--enclave")
# Read by other modules from the same command line; here they are only stepped over.
_FLAGS_WITH_VALUE = ("-p", "--param", "--params-file", "--log-level", "--log-config-file", "--log-file-name")
_SWITCHES = tuple(
    f"--{verb}-{what}" for verb in ("enable", "disable") for what in ("rosout-logs", "stdout-logs", "external-lib-logs")
)
_RULE = re.compile(r"(?:(?P<node>[^:=\s]+):)?(?P<left>[^:=\s]+):=(?P<right>\S+)")
_KINDS = {"__node": "node", "__name": "node", "__ns": "namespace"}
_PREFIXED_KINDS = {"rostopic://": "topic", "rosservice://": "service"}


@dataclass(frozen=True, slots=True)
class RemapRule:
    """One rule; ``kind`` is "node", "namespace", "topic", "service" or "" for topics and services."""

    kind: str
    left: str
    right: str
    node: str = ""  # the rule counts for the node of this name only; empty: for all

    @classmethod
    def parse(cls, text: str) -> RemapRule:
        """Read "[node:]from:=to", "__node:=name" or "__ns:=/namespace".

        Raises:
            RemapError: The text has another form.
        """
        prefix = next((prefix for prefix in _PREFIXED_KINDS if text.startswith(prefix)), "")
        match = _RULE.fullmatch(text[len(prefix) :])
        if match is None:
            raise RemapError(f"remap rule '{text}' cannot be read: it must have the form from:=to or node:from:=to")
        kind = _PREFIXED_KINDS.get(prefix) or _KINDS.get(match["left"], "")
        return cls(kind, match["left"], match["right"], match["node"] or "")


@dataclass(frozen=True, slots=True)
class RosArguments:
    """What a command line says to nodes."""

    arguments: tuple[str, ...] = ()  # the whole command line, for the modules that read their own flags
    remap_rules: tuple[RemapRule, ...] = ()
    enclave: str = ""
    switches: frozenset[str] = field(default_factory=frozenset)

    @property
    def rosout_enabled(self) -> bool:
        """Whether nodes publish their log on /rosout."""
        return "--disable-rosout-logs" not in self.switches

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> RosArguments:
        """Read the parts between ``--ros-args`` and ``--`` (or the end).

        Raises:
            RemapError: A remap rule cannot be read.
            UnknownROSArgsError: There is an argument that means nothing, or a flag without its value.
        """
        flags = list(_flags(ros_part(arguments)))
        rules = tuple(RemapRule.parse(value) for flag, value in flags if flag in _REMAP_FLAGS and value)
        unknown = [flag for flag, value in flags if flag not in _SWITCHES and not (_takes_value(flag) and value)]
        if unknown:
            raise UnknownROSArgsError(unknown)
        enclaves = [value for flag, value in flags if flag in _ENCLAVE_FLAGS]
        switches = frozenset(flag for flag, _ in flags if flag in _SWITCHES)
        return cls(tuple(arguments), rules, enclaves[-1] if enclaves else "", switches)


def _takes_value(flag: str) -> bool:
    return flag in (*_REMAP_FLAGS, *_ENCLAVE_FLAGS, *_FLAGS_WITH_VALUE)


def _flags(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    remaining = iter(arguments)
    for flag in remaining:
        yield flag, next(remaining, "") if _takes_value(flag) else ""


def ros_part(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that are for ROS, without the markers."""
    return [argument for argument, is_ros in _marked(arguments) if is_ros and argument not in (_START, _END)]


def user_part(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that are not for ROS."""
    return [argument for argument, is_ros in _marked(arguments) if not is_ros]


def _marked(arguments: Sequence[str]) -> Iterator[tuple[str, bool]]:
    inside = False
    for argument in arguments:
        if argument == _START:
            inside = True
        yield argument, inside
        if argument == _END:
            inside = False
