# SPDX-License-Identifier: Apache-2.0
"""What a detector says. Values only."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect.

    Attributes:
        kind: ``joint order``, ``clock offset``, ``frozen camera``, ``wrong normalisation`` or ``gripper sign``.
        subject: Stream, column or variant that it is about.
        sentence: What was seen, with its figure.
    """

    kind: str
    subject: str
    sentence: str
