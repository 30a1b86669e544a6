# SPDX-License-Identifier: Apache-2.0
"""Service and action classes: holders of their message classes, which are built when first asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

from .definition import ActionDefinition, MessageDefinition
from .errors import UnknownInterface
from .library import ACTION_SERVICES, definition
from .message_class import message_class, module_stem


class _Parts(type):
    """Metaclass that makes ``X.Request`` and its like on demand."""

    _interface_name: str
    _part_names: dict[str, str]

    def __getattr__(cls, name: str) -> Any:
        part = cls.__dict__.get("_part_names", {}).get(name)
        if part is None:
            raise AttributeError(f"{cls._interface_name} has no part {name!r}")
        made = interface_class(part)
        setattr(cls, name, made)
        return made

    def __dir__(cls) -> list[str]:
        return sorted({*super().__dir__(), *cls._part_names})

    def __repr__(cls) -> str:
        return f"<class '{cls.__module__}.{cls.__qualname__}'>"


def _refuse(cls: type, *_arguments: Any, **_keywords: Any) -> None:
    raise NotImplementedError(f"{cls.__name__} is not to be instantiated: use its parts, e.g. {cls.__name__}.Request()")


@cache
def interface_class(name: str) -> Any:
    """Return the class of any interface, whole or part: ``a/msg/B``, ``a/srv/B``, ``a/action/B_SendGoal``….

    Raises:
        UnknownPackage, UnknownInterface, DefinitionError: as their docstrings say.
    """
    package, kind, short = name.split("/")
    if kind == "msg":
        return message_class(name)
    stem, _, suffix = short.partition("_")
    if kind == "action" and f"_{suffix}" in ACTION_SERVICES:
        definition(f"{package}/action/{stem}")
        return _service_class(name)
    if suffix:
        return message_class(name)
    whole = definition(name)
    if isinstance(whole, MessageDefinition):
        raise UnknownInterface(f"{name} is no {kind}")
    return _action_class(name) if isinstance(whole, ActionDefinition) else _service_class(name)


def _service_class(name: str) -> Any:
    return _holder(name, {part: f"{name}_{part}" for part in ("Request", "Response", "Event")})


def _action_class(name: str) -> Any:
    action = _holder(name, {part: f"{name}_{part}" for part in ("Goal", "Result", "Feedback")})
    parts = {
        "SendGoalService": f"{name}_SendGoal",
        "GetResultService": f"{name}_GetResult",
        "FeedbackMessage": f"{name}_FeedbackMessage",
        "CancelGoalService": "action_msgs/srv/CancelGoal",
        "GoalStatusMessage": "action_msgs/msg/GoalStatusArray",
    }
    action.Impl = _holder(name, parts, qualname=f"{action.__name__}.Impl")
    return action


def _holder(name: str, parts: dict[str, str], qualname: str = "") -> Any:
    package, kind, short = name.split("/")
    return _Parts(
        qualname.rpartition(".")[2] or short,
        (),
        {
            "__module__": f"{package}.{kind}._{module_stem(short)}",
            "__qualname__": qualname or short,
            "__doc__": f"{kind} {name}: {', '.join(parts)}.",
            "__new__": _refuse,
            "_interface_name": name,
            "_part_names": parts,
        },
    )
