# SPDX-License-Identifier: Apache-2.0
"""A program with its arguments, folder and environment; still substitutions until a context is applied."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitutions.launch_configuration import LaunchConfiguration
from launch.utilities import substitute

_counter = itertools.count(1)


@dataclass(frozen=True)
class ResolvedExecutable:
    """A program as it is started."""

    name: str
    cmd: list[str]
    cwd: str | None
    env: dict[str, str]


@dataclass
class Executable:
    """A program as a launch file gives it; ``env`` replaces the environment, ``additional_env`` extends it."""

    cmd: Iterable[SomeSubstitutionsType]
    prefix: SomeSubstitutionsType | None = None
    name: SomeSubstitutionsType | None = None
    cwd: SomeSubstitutionsType | None = None
    env: Mapping[SomeSubstitutionsType, SomeSubstitutionsType] | None = None
    additional_env: Mapping[SomeSubstitutionsType, SomeSubstitutionsType] | None = None
    extra_arguments: list[SomeSubstitutionsType] = field(default_factory=list)

    def resolve(self, context: LaunchContext) -> ResolvedExecutable:
        """Perform the substitutions; each call gives the process a new number."""
        command = [substitute(context, part) for part in [*self.cmd, *self.extra_arguments]]
        given = (
            substitute(context, self.name) if self.name is not None else os.path.basename(shlex.split(command[0])[0])
        )
        name = f"{given}-{next(_counter)}"
        cwd = substitute(context, self.cwd) if self.cwd is not None else None
        return ResolvedExecutable(name, [*self._prefix(context, name), *command], cwd, self._environment(context))

    def _prefix(self, context: LaunchContext, name: str) -> list[str]:
        if self.prefix is not None:
            return shlex.split(substitute(context, self.prefix))
        only = substitute(context, LaunchConfiguration("launch-prefix-filter", default=""))
        if only and not re.match(only, name):
            return []
        return shlex.split(substitute(context, LaunchConfiguration("launch-prefix", default="")))

    def _environment(self, context: LaunchContext) -> dict[str, str]:
        base = dict(context.environment) if self.env is None else _perform(context, self.env)
        return {**base, **_perform(context, self.additional_env or {})}


def _perform(
    context: LaunchContext, variables: Mapping[SomeSubstitutionsType, SomeSubstitutionsType]
) -> dict[str, str]:
    return {substitute(context, name): substitute(context, value) for name, value in variables.items()}
