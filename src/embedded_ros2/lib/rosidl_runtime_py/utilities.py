# SPDX-License-Identifier: Apache-2.0
"""Message, service and action classes by name. No text conversion."""

from __future__ import annotations

from typing import Any

from embedded_ros2.interfaces import InterfaceError, UnknownInterface, UnknownPackage, interface_class
from embedded_ros2.interfaces.package_index import KINDS
from rosidl_parser.definition import NamespacedType


def get_namespaced_type(identifier: str) -> NamespacedType:
    """Return the description of ``package/kind/Name``.

    Raises:
        ValueError: when the name has another form.
    """
    parts = identifier.split("/")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"an interface is named package/kind/Name, got {identifier!r}")
    return NamespacedType(parts[:2], parts[2])


def get_message_namespaced_type(identifier: str) -> NamespacedType:
    """Return the description of a message; ``package/Name`` stands for ``package/msg/Name``."""
    return get_namespaced_type(_with_kind(identifier, "msg"))


def get_interface(identifier: str) -> Any:
    """Return the class of ``package/kind/Name``.

    Raises:
        ValueError: when the name has another form.
        ModuleNotFoundError: when there is no such package.
        AttributeError: when the package has no such interface.
    """
    parts = identifier.split("/")
    if len(parts) != 3 or not all(parts) or parts[1] not in KINDS:
        raise ValueError(
            f"an interface is named package/msg/Name, package/srv/Name or package/action/Name: {identifier!r}"
        )
    try:
        return interface_class(identifier)
    except UnknownPackage as error:
        raise ModuleNotFoundError(str(error), name=parts[0]) from None
    except UnknownInterface as error:
        raise AttributeError(str(error)) from None
    except InterfaceError as error:
        raise ValueError(str(error)) from None


def get_message(identifier: str) -> Any:
    """Return a message class; raises as ``get_interface`` does."""
    return get_interface(_checked(_with_kind(identifier, "msg"), "msg"))


def get_service(identifier: str) -> Any:
    """Return a service class; raises as ``get_interface`` does."""
    return get_interface(_checked(_with_kind(identifier, "srv"), "srv"))


def get_action(identifier: str) -> Any:
    """Return an action class; raises as ``get_interface`` does."""
    return get_interface(_checked(_with_kind(identifier, "action"), "action"))


def _with_kind(identifier: str, kind: str) -> str:
    parts = identifier.split("/")
    return f"{parts[0]}/{kind}/{parts[1]}" if len(parts) == 2 else identifier


def _checked(identifier: str, kind: str) -> str:
    if identifier.split("/")[1:2] != [kind]:
        raise ValueError(f"the name of a {kind} is package/{kind}/Name, got {identifier!r}")
    return identifier
