# SPDX-License-Identifier: Apache-2.0
"""Message types by name: from the standard set of rosbags, else from the ``.msg`` files of a package. No ROS import."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.base import TypesysError
from rosbags.typesys.store import Typestore

from vla_ros.errors import VlaError

__all__ = ["MessageTypes", "share_folder"]


def share_folder(package: str) -> Path | None:
    """Return the folder with the package's interface files: out of AMENT_PREFIX_PATH, else the importable package."""
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    candidates = [Path(prefix) / "share" / package for prefix in prefixes if prefix]
    spec = importlib.util.find_spec(package)
    candidates += [Path(place) for place in (spec.submodule_search_locations or ())] if spec is not None else []
    return next((folder for folder in candidates if (folder / "msg").is_dir()), None)


class MessageTypes:
    """The types that are known so far; an unknown one is looked for with everything that it is made of."""

    def __init__(self, find_share: Callable[[str], Path | None] = share_folder) -> None:
        """Begin with the standard messages of ROS 2 Jazzy; ``find_share`` gives a package's folder or None."""
        self.store: Typestore = get_typestore(Stores.ROS2_JAZZY)
        self._find_share = find_share

    def require(self, type_name: str) -> None:
        """Make ``package/msg/Type`` known to the store.

        Raises:
            VlaError: there is no definition, or it is none.
        """
        if type_name in self.store.fielddefs:
            return
        package, _, name = type_name.partition("/")
        folder = self._find_share(package)
        path = None if folder is None else folder / f"{name}.msg"
        if path is None or not path.is_file():
            raise VlaError(f"the message type '{type_name}' is not known: its package is not installed")
        try:
            found = get_types_from_msg(path.read_text(encoding="utf-8"), type_name)
        except TypesysError as error:
            raise VlaError(f"the definition of '{type_name}' cannot be read: {error}") from error
        for needed in _parts(found[type_name][1]):
            if needed != type_name:
                self.require(needed)
        self.store.register({name: found[name] for name in found if name not in self.store.fielddefs})

    def definition(self, type_name: str) -> tuple[str, str]:
        """Return the text of a type with all that it is made of, and its RIHS01 hash, as a bag keeps them."""
        self.require(type_name)
        text, _ = self.store.generate_msgdef(type_name, ros_version=2)
        return text, self.store.hash_rihs01(type_name)


def _parts(fields: object) -> set[str]:
    """Return the names of the messages in a type's fields, at any depth of arrays."""
    names: set[str] = set()
    pending = [description for _, description in fields]  # type: ignore[attr-defined]
    while pending:
        kind, value = pending.pop()
        if kind == Nodetype.NAME:
            names.add(value)
        elif kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
            pending.append(value[0])
    return names
