# SPDX-License-Identifier: Apache-2.0
"""What a launch prints and keeps: the screen, and ``launch.log`` in a folder of its own. No processes."""

from __future__ import annotations

import contextlib
import datetime
import logging as _logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TextIO

__all__ = ["LaunchLogConfig", "get_logger", "launch_config", "log_launch_config", "reset"]

_COLOURS = {"DEBUG": "2", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_PREFIX_COLOURS = ("36", "35", "34", "32", "33", "96", "95", "94")


class LaunchLogConfig:
    """Where lines go: the screen, and files that are made on the first line."""

    def __init__(self) -> None:
        self.level = _logging.INFO
        self._log_dir: Path | None = None
        self._files: dict[str, TextIO | None] = {}
        self._lock = threading.Lock()

    @property
    def log_dir(self) -> Path:
        """Folder of this launch, made on first use: ``ROS_LOG_DIR``, else ``ROS_HOME/log``, else ``~/.ros/log``."""
        if self._log_dir is None:
            stamp = datetime.datetime.now().strftime("%Y-%m-%d-%H-%M-%S-%f")
            base = os.environ.get("ROS_LOG_DIR") or Path(os.environ.get("ROS_HOME") or "~/.ros").expanduser() / "log"
            self._log_dir = Path(base).expanduser() / f"{stamp}-{socket.gethostname()}-{os.getpid()}"
        return self._log_dir

    @log_dir.setter
    def log_dir(self, path: str | Path) -> None:
        self.close()
        self._log_dir = Path(path)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            if file is not None:
                file.close()
        self._files.clear()

    def to_screen(self, line: str, stream: TextIO | None = None) -> None:
        """Write a line to the screen; a screen that has gone is no error."""
        with contextlib.suppress(BrokenPipeError, ValueError):
            print(line, file=stream or sys.stdout, flush=True)

    def to_file(self, line: str, name: str = "launch.log") -> None:
        """Append a line to a file of the log folder; a full disk is said once and then ignored."""
        with self._lock:
            try:
                file = self._file(name)
                if file is not None:
                    file.write(line + "\n")
                    file.flush()
            except OSError as error:
                self._files[name] = None
                self.to_screen(f"[WARNING] [launch]: no log file '{self.log_dir / name}': {error.strerror}")

    def coloured(self, text: str, colour: str) -> str:
        """Return the text in colour when the screen is a terminal."""
        wanted = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        return f"\033[{colour}m{text}\033[0m" if wanted else text

    def process_prefix(self, name: str) -> str:
        """Return ``[name-N]``, each process in a colour of its own."""
        number = name.rpartition("-")[2]
        index = int(number) if number.isdigit() else 0
        return self.coloured(f"[{name}]", _PREFIX_COLOURS[index % len(_PREFIX_COLOURS)])

    def _file(self, name: str) -> TextIO | None:
        if name not in self._files:
            self.log_dir.mkdir(parents=True, exist_ok=True)
            self._files[name] = (self.log_dir / name).open("a", encoding="utf-8")
        return self._files[name]


launch_config = LaunchLogConfig()


class _LaunchHandler(_logging.Handler):
    def emit(self, record: _logging.LogRecord) -> None:
        """Write one record to the screen and to the log file."""
        name = record.name.removeprefix("launch.loggers.")
        message = record.getMessage()
        if record.levelno >= launch_config.level:
            level = launch_config.coloured(f"[{record.levelname}]", _COLOURS.get(record.levelname, "0"))
            launch_config.to_screen(f"{level} [{name}]: {message}")
        launch_config.to_file(f"{record.created:.7f} [{record.levelname}] [{name}] {message}")


def get_logger(name: str | None = None) -> _logging.Logger:
    """Return a logger that writes as a launch does."""
    root = _logging.getLogger("launch.loggers")
    if not any(isinstance(handler, _LaunchHandler) for handler in root.handlers):
        root.addHandler(_LaunchHandler())
        root.propagate = False
        root.setLevel(_logging.DEBUG)
    return root.getChild(name or "launch")


def log_launch_config(*, logger: _logging.Logger | None = None) -> None:
    """Say where the log files are and how much is said."""
    logger = logger or get_logger("launch")
    logger.info(f"All log files can be found below {launch_config.log_dir}")
    logger.info(f"Default logging verbosity is set to {_logging.getLevelName(launch_config.level)}")


def reset() -> None:
    """Forget folder, files and level."""
    launch_config.close()
    launch_config.__init__()  # type: ignore[misc]
