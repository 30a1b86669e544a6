# SPDX-License-Identifier: Apache-2.0
"""The interface files of a package, by name; unknown names are answered with the nearest. No parsing."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import UnknownInterface, UnknownPackage, nearest
from .package_index import INDEX


def interface_names(package: str, kind: str) -> list[str]:
    """Return the names of the interfaces of one kind in a package, sorted.

    Raises:
        UnknownPackage: with the nearest names.
    """
    folder = _package_directory(package) / kind
    if not folder.is_dir():
        return []
    return sorted(path.stem for path in folder.iterdir() if path.suffix == f".{kind}")


def interface_path(package: str, kind: str, name: str) -> Path:
    """Return the file that defines an interface.

    Raises:
        UnknownPackage: with the nearest names.
        UnknownInterface: with the nearest names.
    """
    path = _package_directory(package) / kind / f"{name}.{kind}"
    if path.is_file():
        return path
    own = interface_names(package, kind)
    hint = nearest(name, own) or (f" (it has: {', '.join(own[:8])})" if own else f" (it has no {kind} at all)")
    raise UnknownInterface(f"package {package!r} has no {kind} {name!r}{hint}")


def _package_directory(package: str) -> Path:
    directory = INDEX.directory(package)
    if directory is None:
        raise UnknownPackage(
            f"no interface package {package!r} in AMENT_PREFIX_PATH "
            f"({os.environ.get('AMENT_PREFIX_PATH') or 'not set'}) nor among the standard ones"
            f"{nearest(package, INDEX.packages())}"
        )
    return Path(directory)
