# SPDX-License-Identifier: Apache-2.0
"""Errors of this package: all come at configuration, none from the loop."""

from __future__ import annotations


class SafetyError(Exception):
    """Base of all errors that this package raises."""


class ConfigError(SafetyError, ValueError):
    """A configuration value is missing, unknown or out of range."""


class ModelError(SafetyError, ValueError):
    """The robot description does not fit the configuration."""
