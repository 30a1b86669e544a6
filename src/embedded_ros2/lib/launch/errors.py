# SPDX-License-Identifier: Apache-2.0
"""Errors that a person can mend in a launch file or on the command line; shown without a traceback."""

from __future__ import annotations


class LaunchError(RuntimeError):
    """A cause and its mend in one sentence."""


class InvalidLaunchFileError(LaunchError):
    """A launch file cannot be read, is not valid or raised while it was evaluated."""


class SubstitutionFailure(LaunchError):
    """A substitution has no value in this context."""
