# SPDX-License-Identifier: Apache-2.0
"""The rule-based back end: a parser of the sentences of the skill library. English only, no vision, no learning."""

from vla_ros.planner.grammar.backend import GrammarBackend

__all__ = ["GrammarBackend"]
