# SPDX-License-Identifier: Apache-2.0
"""The error of the command line: one sentence for people."""

from __future__ import annotations


class CliError(RuntimeError):
    """What was wrong and how to mend it; shown without a traceback."""
