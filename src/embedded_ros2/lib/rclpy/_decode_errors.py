# SPDX-License-Identifier: Apache-2.0
"""Counts samples that cannot be decoded and logs the first one of each topic."""

from __future__ import annotations

from typing import Any


class DecodeErrors:
    """The decode errors of one entity.

    Args:
        what: What arrived broken, e.g. "message on '/chatter'".
    """

    def __init__(self, logger: Any, what: str):
        self._logger = logger
        self._what = what
        self.count = 0

    def add(self, error: Exception) -> None:
        """Count a sample; log it if it is the first."""
        self.count += 1
        if self.count == 1:
            self._logger.error(
                f"Dropped a {self._what} that cannot be decoded: {error}. Further ones are dropped without a word."
            )
