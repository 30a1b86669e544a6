# SPDX-License-Identifier: Apache-2.0
"""Makes the filter from the robot description, beside the node: compiling its kernels the first time takes a minute."""

from __future__ import annotations

import threading

from vla_safety.config import SafetyConfig
from vla_safety.decision_record import config_hash
from vla_safety.errors import SafetyError
from vla_safety.filter import SafetyFilter
from vla_safety.warm_up import warm_filter

__all__ = ["Preparation"]


class Preparation:
    """Holds the filter once it is made and warm, and says what is missing until then."""

    def __init__(self, config: SafetyConfig) -> None:
        self._config = config
        self._thread: threading.Thread | None = None
        self.filter: SafetyFilter | None = None
        self.config_hash = ""
        self.refusal = "no robot_description has arrived"

    def begin(self, urdf: str) -> None:
        """Make the filter in a thread; later descriptions are ignored."""
        if self._thread is not None:
            return
        self.refusal = "the filter is being prepared"
        self._thread = threading.Thread(target=self._prepare, args=(urdf,), daemon=True)
        self._thread.start()

    def _prepare(self, urdf: str) -> None:
        try:
            made = SafetyFilter.from_config(self._config, urdf)
            warm_filter(self._config, urdf)
        except SafetyError as error:
            self.refusal = str(error)
            return
        self.config_hash = config_hash(self._config, urdf)
        self.filter, self.refusal = made, ""
