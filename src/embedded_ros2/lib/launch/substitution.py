# SPDX-License-Identifier: Apache-2.0
"""Base of the substitutions: text that is known only at launch time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launch.launch_context import LaunchContext


class Substitution:
    """A piece of text that is computed when it is needed."""

    def describe(self) -> str:
        """Return a short form for people."""
        return f"{type(self).__name__}()"

    def perform(self, context: LaunchContext) -> str:
        """Return the text for this context.

        Raises:
            SubstitutionFailure: the text cannot be determined.
        """
        raise NotImplementedError(f"{type(self).__name__}.perform is not defined")
