# SPDX-License-Identifier: Apache-2.0
"""Small functions that every part of launch uses. No actions, no processes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution

if TYPE_CHECKING:
    from launch.launch_context import LaunchContext

__all__ = [
    "ensure_argument_type",
    "is_a",
    "is_a_subclass",
    "is_substitution",
    "nearest_names",
    "normalize_to_list_of_substitutions",
    "perform_substitutions",
    "substitute",
]


def normalize_to_list_of_substitutions(subs: SomeSubstitutionsType) -> list[Substitution]:
    """Return text, paths and substitutions, alone or in sequence, as a list of substitutions.

    Raises:
        TypeError: something else is among them.
    """
    from launch.substitutions.text_substitution import TextSubstitution

    if isinstance(subs, Substitution):
        return [subs]
    if isinstance(subs, (str, Path)):
        return [TextSubstitution(text=str(subs))]
    if isinstance(subs, Iterable):
        return [entry for sub in subs for entry in normalize_to_list_of_substitutions(sub)]
    raise TypeError(f"expected text, a path or a substitution, got {subs!r} ({type(subs).__name__})")


def perform_substitutions(context: LaunchContext, subs: Iterable[Substitution]) -> str:
    """Return the texts of ``subs``, joined."""
    return "".join(context.perform_substitution(sub) for sub in subs)


def substitute(context: LaunchContext, subs: SomeSubstitutionsType) -> str:
    """Normalise and perform in one step."""
    return perform_substitutions(context, normalize_to_list_of_substitutions(subs))


def is_substitution(value: object) -> bool:
    """Return whether ``value`` is a substitution or a sequence with one in it."""
    if isinstance(value, Substitution):
        return True
    return isinstance(value, (list, tuple)) and any(isinstance(entry, Substitution) for entry in value)


def is_a(obj: object, entity_type: type) -> bool:
    """Return whether ``obj`` is an instance of the type."""
    return isinstance(obj, entity_type)


def is_a_subclass(obj: object, entity_type: type) -> bool:
    """Return whether ``obj`` is an instance or a subclass of the type."""
    return isinstance(obj, entity_type) or (isinstance(obj, type) and issubclass(obj, entity_type))


def ensure_argument_type(argument: object, types: Any, argument_name: str, caller: str | None = None) -> None:
    """Raise TypeError with names and types unless ``argument`` is one of ``types``."""
    allowed = tuple(types) if isinstance(types, (list, tuple)) else (types,)
    if not isinstance(argument, allowed):
        names = ", ".join(getattr(entry, "__name__", str(entry)) for entry in allowed)
        raise TypeError(f"{caller or 'call'}: '{argument_name}' must be {names}, got {type(argument).__name__}")


def nearest_names(name: str, candidates: Iterable[str], *, count: int = 3) -> str:
    """Return `` (did you mean: …?)`` with the nearest candidates, or nothing."""
    pool: Sequence[str] = sorted(set(candidates))
    near = difflib.get_close_matches(name, pool, n=count, cutoff=0.5)
    return f" (did you mean: {', '.join(near)}?)" if near else ""
