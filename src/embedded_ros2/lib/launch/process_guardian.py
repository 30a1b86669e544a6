# SPDX-License-Identifier: Apache-2.0
"""Ends the processes of a launch that has gone, however it went. Run as a program beside each launch.

Every process of a launch carries a token in its environment, which its own children inherit. The guardian waits until
the launch closes their pipe (a SIGKILL closes it too), finds what still carries the token, and sends SIGINT, SIGTERM,
SIGKILL in turn. Imports the standard library only, because it starts without site packages. Needs /proc (Linux).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

TOKEN_VARIABLE = "EMBEDDED_LAUNCH_GUARD"
GRACE_S = 5.0  # the default time-outs of launch between two signals
POLL_S = 0.02


class ProcessGuardian:
    """The launch's end of the pipe."""

    def __init__(self) -> None:
        outer = os.environ.get(TOKEN_VARIABLE, "")
        self.token = f"{outer}:{uuid.uuid4().hex}" if outer else uuid.uuid4().hex
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, self.token], stdin=subprocess.PIPE, start_new_session=True
        )

    def close(self) -> None:
        """End what is left over and wait for it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def carriers(token: str) -> list[int]:
    """Return the ids of the living processes whose environment holds the token."""
    mark = f"{TOKEN_VARIABLE}={token}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def sweep(token: str) -> int:
    """End the carriers of the token, gently first; return how many there were."""
    first = carriers(token)
    remaining = first
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        for pid in remaining:
            with contextlib.suppress(OSError):
                os.kill(pid, number)
        deadline = time.monotonic() + GRACE_S
        while remaining and time.monotonic() < deadline:
            time.sleep(POLL_S)
            remaining = carriers(token)
        if not remaining:
            break
    return len(first)


def main(token: str) -> None:
    """Wait for the end of the launch, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    count = sweep(token)
    if count:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"[WARNING] [launch]: ended {count} process(es) that outlived the launch\n")


if __name__ == "__main__":
    main(sys.argv[1])
