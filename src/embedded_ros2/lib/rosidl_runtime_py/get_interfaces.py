# SPDX-License-Identifier: Apache-2.0
"""Lists of the interfaces that are installed. No classes."""

from __future__ import annotations

from collections.abc import Iterable

from embedded_ros2.interfaces.package_index import INDEX, KINDS
from embedded_ros2.interfaces.source import interface_names, interface_path


def get_interfaces(package_names: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return ``{package: ["msg/Name", "srv/Name", ...]}`` of the packages named, or of all.

    Raises:
        LookupError: for an unknown package, with the nearest names.
    """
    return _interfaces(package_names, KINDS)


def get_message_interfaces(package_names: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the messages, as ``get_interfaces`` does."""
    return _interfaces(package_names, ("msg",))


def get_service_interfaces(package_names: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the services, as ``get_interfaces`` does."""
    return _interfaces(package_names, ("srv",))


def get_action_interfaces(package_names: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the actions, as ``get_interfaces`` does."""
    return _interfaces(package_names, ("action",))


def get_interface_packages() -> list[str]:
    """Return the names of all packages that have interfaces."""
    return INDEX.packages()


def get_interface_path(interface_name: str) -> str:
    """Return the file that defines ``package/kind/Name``.

    Raises:
        ValueError: when the name has another form.
        LookupError: when there is none, with the nearest names.
    """
    parts = interface_name.split("/")
    if len(parts) != 3 or not all(parts) or parts[1] not in KINDS:
        raise ValueError(
            f"an interface is named package/msg/Name, package/srv/Name or package/action/Name: {interface_name!r}"
        )
    return str(interface_path(*parts))


def _interfaces(package_names: Iterable[str], kinds: Iterable[str]) -> dict[str, list[str]]:
    packages = list(package_names) or INDEX.packages()
    kinds = tuple(kinds)
    found = {
        package: [f"{kind}/{name}" for kind in kinds for name in interface_names(package, kind)] for package in packages
    }
    return {package: names for package, names in found.items() if names}
