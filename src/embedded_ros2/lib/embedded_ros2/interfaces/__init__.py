# SPDX-License-Identifier: Apache-2.0
"""ROS interfaces without a code generator: classes, wire format and type hashes from .msg, .srv and .action texts.

Loads its parts on demand, because every interpreter of the environment imports this package at its start.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .errors import CorruptMessage, DefinitionError, InterfaceError, UnknownInterface, UnknownPackage
    from .service_class import interface_class
    from .type_hash import rihs01, type_description
    from .type_support import TypeSupport, typesupport

__all__ = [
    "CorruptMessage",
    "DefinitionError",
    "InterfaceError",
    "TypeSupport",
    "UnknownInterface",
    "UnknownPackage",
    "interface_class",
    "rihs01",
    "type_description",
    "typesupport",
]

_HOMES = {
    "interface_class": "service_class",
    "rihs01": "type_hash",
    "type_description": "type_hash",
    "TypeSupport": "type_support",
    "typesupport": "type_support",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = found
    return found
