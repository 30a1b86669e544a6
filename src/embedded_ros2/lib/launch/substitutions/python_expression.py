# SPDX-License-Identifier: Apache-2.0
"""The value of a Python expression."""

from __future__ import annotations

import importlib

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class PythonExpression(Substitution):
    """Value of an expression that the author of a launch file wrote; names come from ``python_modules``."""

    def __init__(self, expression: SomeSubstitutionsType, python_modules: SomeSubstitutionsType = ("math",)) -> None:
        self._expression = normalize_to_list_of_substitutions(expression)
        self._modules = normalize_to_list_of_substitutions(python_modules)

    def describe(self) -> str:
        """Return a short form for people."""
        return f"PythonExpr({' + '.join(sub.describe() for sub in self._expression)})"

    def perform(self, context: LaunchContext) -> str:
        """Return the value as text.

        Raises:
            SubstitutionFailure: the expression raises.
        """
        expression = substitute(context, self._expression)
        names: dict[str, object] = {}
        for name in (substitute(context, [module]) for module in self._modules):
            module = importlib.import_module(name)
            names[name] = module
            if name == "math":
                names.update(vars(module))
        try:
            return str(eval(expression, names))
        except Exception as error:
            raise SubstitutionFailure(f"expression `{expression}` raised {type(error).__name__}: {error}") from error
