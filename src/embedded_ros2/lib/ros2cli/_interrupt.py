# SPDX-License-Identifier: Apache-2.0
"""What ctrl-c does to a command while it starts and while it works.

An interrupt within an import can surface as any error, so until there is something to clean up the command leaves at
once; from then on an interrupt is a KeyboardInterrupt.
"""

from __future__ import annotations

import os
import signal
from types import FrameType


def leave_at_once() -> None:
    """Let an interrupt end the process without a word, with the exit code of an interrupted command.

    Also where interrupts are ignored, as a script's shell has it for background jobs: so does the real tool.
    """
    signal.signal(signal.SIGINT, _leave)


def raise_from_now_on() -> None:
    """Let an interrupt raise KeyboardInterrupt, unless the caller of the command decided otherwise."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(number)
