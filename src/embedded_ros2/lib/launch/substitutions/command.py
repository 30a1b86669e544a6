# SPDX-License-Identifier: Apache-2.0
"""The output of a command."""

from __future__ import annotations

import os
import shlex
import subprocess

from launch import logging
from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute

ON_STDERR = ("fail", "ignore", "warn", "capture")


class Command(Substitution):
    """Standard output of a command, which must exit with 0."""

    def __init__(self, command: SomeSubstitutionsType, *, on_stderr: SomeSubstitutionsType = "fail") -> None:
        self._command = normalize_to_list_of_substitutions(command)
        self._on_stderr = normalize_to_list_of_substitutions(on_stderr)

    def describe(self) -> str:
        """Return a short form for people."""
        return f"Command({' + '.join(sub.describe() for sub in self._command)})"

    def perform(self, context: LaunchContext) -> str:
        """Run the command and return what it prints.

        Raises:
            SubstitutionFailure: it cannot be run, exits with another code, or prints errors with ``on_stderr="fail"``.
        """
        on_stderr = substitute(context, self._on_stderr)
        if on_stderr not in ON_STDERR:
            raise SubstitutionFailure(f"on_stderr of Command must be one of {', '.join(ON_STDERR)}, got '{on_stderr}'")
        text = substitute(context, self._command)
        words = shlex.split(text)
        stderr = subprocess.STDOUT if on_stderr == "capture" else subprocess.PIPE
        try:
            result = subprocess.run(
                words, stdout=subprocess.PIPE, stderr=stderr, text=True, env=dict(os.environ), check=False
            )
        except OSError as error:
            raise SubstitutionFailure(f"command '{text}' cannot be run: {error.strerror}") from error
        if result.returncode != 0:
            raise SubstitutionFailure(
                f"command '{text}' exited with {result.returncode}: {(result.stderr or '').strip()}"
            )
        if result.stderr and on_stderr == "fail":
            raise SubstitutionFailure(f"command '{text}' printed errors: {result.stderr.strip()}")
        if result.stderr and on_stderr == "warn":
            logging.get_logger("launch").warning(f"command '{text}' printed errors: {result.stderr.strip()}")
        return result.stdout
