# SPDX-License-Identifier: Apache-2.0
"""Errors of the interface layer, each one sentence that names the nearest alternatives. No handling here."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class InterfaceError(Exception):
    """An interface definition could not be found, read or used."""


class UnknownPackage(InterfaceError, LookupError):
    """No interface package of that name is in any searched prefix."""


class UnknownInterface(InterfaceError, LookupError):
    """The package exists and has no such message, service or action."""


class DefinitionError(InterfaceError, ValueError):
    """A .msg, .srv or .action text breaks the grammar."""


class CorruptMessage(InterfaceError, ValueError):
    """A received buffer is no valid serialisation of its type."""


def nearest(word: str, candidates: Iterable[str], count: int = 3) -> str:
    """Return ``" (nearest: a, b)"`` for the candidates that resemble ``word``, or an empty string."""
    import difflib

    by_lower: dict[str, str] = {}
    for candidate in candidates:
        by_lower.setdefault(candidate.lower(), candidate)
    close = difflib.get_close_matches(word.lower(), by_lower, n=count, cutoff=0.6)
    return f" (nearest: {', '.join(by_lower[name] for name in close)})" if close else ""
