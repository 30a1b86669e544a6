# SPDX-License-Identifier: Apache-2.0
"""Resources of the ament index: files named after what registers them, in a folder named after their type."""

from __future__ import annotations

import os

from .constants import RESOURCE_INDEX_SUBFOLDER
from .search_paths import get_search_paths


class InvalidResourceTypeNameError(ValueError):
    """A resource type is no file name."""


class InvalidResourceNameError(ValueError):
    """A resource name is no file name."""


def _check_type(resource_type: str) -> None:
    if not resource_type:
        raise ValueError("The resource type must not be empty")
    if any(separator in resource_type for separator in "/\\"):
        raise InvalidResourceTypeNameError(f"Resource type '{resource_type}' has an invalid name")


def _check_name(resource_name: str) -> None:
    if not resource_name:
        raise ValueError("The resource name must not be empty")
    if any(separator in resource_name for separator in "/\\"):
        raise InvalidResourceNameError(f"Resource name '{resource_name}' has an invalid name")


def get_resource(resource_type: str, resource_name: str) -> tuple[str, str]:
    """Return the content of a resource and the prefix that has it.

    Raises:
        LookupError: when no prefix has it.
        OSError: when it cannot be read.
    """
    _check_type(resource_type)
    _check_name(resource_name)
    for prefix in get_search_paths():
        path = os.path.join(prefix, RESOURCE_INDEX_SUBFOLDER, resource_type, resource_name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return file.read(), prefix
    raise LookupError(f"Could not find the resource '{resource_name}' of type '{resource_type}'")


def get_resources(resource_type: str) -> dict[str, str]:
    """Return the names of all resources of a type, each with the first prefix that has it."""
    _check_type(resource_type)
    found: dict[str, str] = {}
    for prefix in get_search_paths():
        folder = os.path.join(prefix, RESOURCE_INDEX_SUBFOLDER, resource_type)
        for name in _file_names(folder):
            found.setdefault(name, prefix)
    return found


def get_resource_types() -> list[str]:
    """Return the types of which any prefix has a resource."""
    types: set[str] = set()
    for prefix in get_search_paths():
        folder = os.path.join(prefix, RESOURCE_INDEX_SUBFOLDER)
        if os.path.isdir(folder):
            types.update(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))
    return sorted(types)


def has_resource(resource_type: str, resource_name: str) -> str | bool:
    """Return the first prefix that has the resource, ``False`` if none has."""
    _check_type(resource_type)
    _check_name(resource_name)
    for prefix in get_search_paths():
        if os.path.isfile(os.path.join(prefix, RESOURCE_INDEX_SUBFOLDER, resource_type, resource_name)):
            return prefix
    return False


def _file_names(folder: str) -> list[str]:
    if not os.path.isdir(folder):
        return []
    names = (name for name in os.listdir(folder) if not name.startswith("."))
    return [name for name in names if os.path.isfile(os.path.join(folder, name))]
