# SPDX-License-Identifier: Apache-2.0
"""Makes ``std_msgs.msg`` and its like importable. Packages that Python finds by itself come first.

The finder stands before Python's path finder, because that one takes any directory named like a package for a
namespace package; it asks the path finder and gives way to every real module. Where a real rclpy is in use it finds
nothing. Loaded in every interpreter: imports nothing that Python has not loaded at start.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib import ModuleSpec  # importlib.machinery has the same, for one millisecond more
from _frozen_importlib_external import PathFinder

from .package_index import INDEX, KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import types
    from collections.abc import Sequence
    from typing import Any

LIBRARY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class InterfaceFinder:
    """Finds ``package``, ``package.msg``, ``.srv``, ``.action`` and rosidl's modules such as ``package.msg._name``."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for an interface module that no real package provides."""
        package, *rest = fullname.split(".")
        if (rest and rest[0] not in KINDS) or len(rest) > 2 or INDEX.directory(package) is None:
            return None
        real = PathFinder.find_spec(fullname, path, target)
        if (real is not None and real.origin is not None) or real_rclpy() is not None:
            return None
        spec = ModuleSpec(
            fullname,
            _loader(package, rest),  # type: ignore[arg-type]
            origin=f"interface definitions of {package}",
            is_package=len(rest) < 2,
        )
        if real is not None and not rest:
            # Sub-packages that are no interfaces stay importable from the namespace package.
            spec.submodule_search_locations = list(real.submodule_search_locations or ())
        return spec


def real_rclpy() -> str | None:
    """Return the file of the ``rclpy`` that comes before the embedded one on the path, ``None`` if there is none."""
    spec = PathFinder.find_spec("rclpy")
    if spec is None or spec.origin is None or os.path.dirname(os.path.dirname(spec.origin)) == LIBRARY:
        return None
    return spec.origin


def _loader(package: str, rest: list[str]) -> _PackageLoader:
    if not rest:
        return _PackageLoader()
    if len(rest) == 1:
        return _KindLoader(package, rest[0])
    if not rest[1].startswith("_"):
        # `from package.msg import Name` comes here for an unknown Name: say what is near.
        _made(package, rest[0], rest[1], ImportError)
    return _StemLoader(package, rest[0], rest[1][1:])


class _PackageLoader:
    """Loads the outer package, which holds nothing itself."""

    def create_module(self, _spec: ModuleSpec) -> None:
        """Leave the making to Python."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Leave the module empty."""


class _KindLoader(_PackageLoader):
    """Loads ``package.msg``: its classes are made when first used."""

    def __init__(self, package: str, kind: str) -> None:
        self._package = package
        self._kind = kind

    def exec_module(self, module: types.ModuleType) -> None:
        module.__getattr__ = self._attribute  # type: ignore[method-assign]
        module.__dir__ = self._names  # type: ignore[method-assign,assignment]

    def _names(self) -> list[str]:
        from .source import interface_names

        return interface_names(self._package, self._kind)

    def _attribute(self, name: str) -> Any:
        if name == "__all__":
            return self._names()
        if name.startswith("_"):
            raise AttributeError(name)
        return _made(self._package, self._kind, name, AttributeError)


class _StemLoader(_PackageLoader):
    """Loads ``package.msg._name``, where rosidl's classes say that they come from."""

    def __init__(self, package: str, kind: str, stem: str) -> None:
        self._package = package
        self._kind = kind
        self._stem = stem

    def exec_module(self, module: types.ModuleType) -> None:
        from .message_class import module_stem
        from .source import interface_names

        if self._stem not in map(module_stem, interface_names(self._package, self._kind)):
            raise ModuleNotFoundError(f"No module named {module.__name__!r}", name=module.__name__)
        module.__getattr__ = self._attribute  # type: ignore[method-assign]

    def _attribute(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _made(self._package, self._kind, name, AttributeError)


def _made(package: str, kind: str, name: str, unknown: type[Exception]) -> Any:
    """Return the class of an interface; ``unknown`` is raised where there is none of that name."""
    from .errors import InterfaceError
    from .service_class import interface_class

    try:
        made = interface_class(f"{package}/{kind}/{name}")
    except LookupError as error:
        raise unknown(str(error)) from None
    except InterfaceError as error:
        raise ImportError(str(error)) from None
    module = sys.modules.get(f"{package}.{kind}")
    if module is not None:
        setattr(module, name, made)
    return made


def install() -> None:
    """Put the finder before Python's path finder, once."""
    if InterfaceFinder in sys.meta_path:
        return
    position = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(position, InterfaceFinder)  # type: ignore[arg-type]
