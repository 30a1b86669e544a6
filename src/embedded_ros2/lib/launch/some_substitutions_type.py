# SPDX-License-Identifier: Apache-2.0
"""Type of an argument that may be text, a substitution, a path or a sequence of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from launch.substitution import Substitution

SomeSubstitutionsType = str | Path | Substitution | Iterable[str | Path | Substitution]
SomeSubstitutionsType_types_tuple = (str, Path, Substitution, Iterable)
