# SPDX-License-Identifier: Apache-2.0
"""Where interface packages lie: ament prefixes, source directories on ``sys.path``, and the standard packages.

The search order is ``AMENT_PREFIX_PATH``, then directories on ``sys.path`` that are package sources (``package.xml``
beside ``msg``, ``srv`` or ``action``), then what ships here. Loaded in every interpreter: imports nothing but os, sys.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("msg", "srv", "action")
STANDARD_PREFIX = os.path.join(os.path.dirname(os.path.abspath(__file__)), "standard")


class PackageIndex:
    """The interface packages visible to this process; rebuilt when the search path changes."""

    def __init__(self) -> None:
        """Start empty; the first question reads the directories."""
        self._key: tuple[object, ...] = ()
        self._candidates: dict[str, list[str]] = {}

    def directory(self, package: str) -> str | None:
        """Return the directory that holds the ``msg``, ``srv`` and ``action`` folders of ``package``."""
        self._refresh()
        for candidate in self._candidates.get(package, ()):
            if any(os.path.isdir(os.path.join(candidate, kind)) for kind in KINDS):
                return candidate
        return None

    def packages(self) -> list[str]:
        """Return the names of all interface packages, sorted."""
        self._refresh()
        return sorted(name for name in self._candidates if self.directory(name) is not None)

    def _refresh(self) -> None:
        key = (os.environ.get("AMENT_PREFIX_PATH", ""), *sys.path)
        if key == self._key:
            return
        candidates: dict[str, list[str]] = {}
        for name, directory in _candidate_directories():
            candidates.setdefault(name, []).append(directory)
        self._candidates = candidates
        self._key = key


INDEX = PackageIndex()


def _candidate_directories() -> Iterator[tuple[str, str]]:
    prefixes = [prefix for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    for prefix in prefixes:
        yield from _share_directories(prefix)
    for entry in sys.path:
        if entry and os.path.isfile(os.path.join(entry, "package.xml")):
            yield os.path.basename(os.path.normpath(entry)), entry
    yield from _share_directories(STANDARD_PREFIX)


def _share_directories(prefix: str) -> Iterator[tuple[str, str]]:
    share = os.path.join(prefix, "share")
    try:
        names = os.listdir(share)
    except OSError:
        return
    for name in names:
        yield name, os.path.join(share, name)
