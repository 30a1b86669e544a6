# SPDX-License-Identifier: Apache-2.0
"""The action that takes lifecycle nodes through transitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from launch.actions import OpaqueCoroutine
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import substitute
from launch_ros.lifecycle_client import LifecycleClient


class LifecycleTransition(OpaqueCoroutine):
    """Takes each node through all transitions in order; a node whose transition fails is left where it is."""

    def __init__(
        self,
        *,
        lifecycle_node_names: Iterable[SomeSubstitutionsType],
        transition_ids: Iterable[int | SomeSubstitutionsType],
        **kwargs: Any,
    ) -> None:
        super().__init__(coroutine=self._change, **kwargs)
        self._names = list(lifecycle_node_names)
        self._transitions = list(transition_ids)
        if not self._names or not self._transitions:
            raise RuntimeError("LifecycleTransition needs at least one node name and one transition id")

    def describe(self) -> str:
        """Return one line for people."""
        return f"LifecycleTransition({self._names}, {self._transitions})"

    async def _change(self, context: LaunchContext) -> None:
        ids = [entry if isinstance(entry, int) else int(substitute(context, entry)) for entry in self._transitions]
        for name in self._names:
            full = substitute(context, name)
            client = LifecycleClient(context, full if full.startswith("/") else "/" + full)
            for transition_id in ids:
                if not await client.change_state(transition_id):
                    break
