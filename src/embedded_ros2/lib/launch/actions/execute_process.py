# SPDX-License-Identifier: Apache-2.0
"""The action that runs a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launch.actions.execute_local import ExecuteLocal
from launch.descriptions.executable import Executable
from launch.some_substitutions_type import SomeSubstitutionsType


class ExecuteProcess(ExecuteLocal):
    """Runs a command, given as a list of words, each of them text or substitutions."""

    def __init__(
        self,
        *,
        cmd: Iterable[SomeSubstitutionsType],
        prefix: SomeSubstitutionsType | None = None,
        name: SomeSubstitutionsType | None = None,
        cwd: SomeSubstitutionsType | None = None,
        env: Mapping[SomeSubstitutionsType, SomeSubstitutionsType] | None = None,
        additional_env: Mapping[SomeSubstitutionsType, SomeSubstitutionsType] | None = None,
        **kwargs: Any,
    ) -> None:
        description = Executable(
            cmd=list(cmd), prefix=prefix, name=name, cwd=cwd, env=env, additional_env=additional_env
        )
        super().__init__(process_description=description, **kwargs)
