# SPDX-License-Identifier: Apache-2.0
"""The optimisers of a training stage: Muon for the matrices of the Llama, AdamW for everything else. No losses.

Source of Muon: Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024), as torch has it, with
steps scaled to those of AdamW.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

__all__ = ["Optimisers"]


class Optimisers:
    """Both optimisers, stepped as one."""

    def __init__(self, modules: Sequence[nn.Module]) -> None:
        """Train the parameters of ``modules``."""
        named = [(name, item) for module in modules for name, item in module.named_parameters()]
        hidden = [item for name, item in named if item.ndim == 2 and "layers." in name and "_proj." in name]
        chosen = {id(item) for item in hidden}
        others = [item for _, item in named if id(item) not in chosen]
        self._parameters = [*hidden, *others]
        self._parts: list[torch.optim.Optimizer] = [torch.optim.AdamW(others, betas=(0.9, 0.95), weight_decay=0.02)]
        if hidden:
            self._parts.append(torch.optim.Muon(hidden, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"))

    def step(self, loss: torch.Tensor, rate: float) -> float:
        """Take one step down ``loss`` and return it."""
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        for part in self._parts:
            part.step()
        return float(loss.detach())

    def state(self) -> list[dict[str, Any]]:
        """Return what is needed to go on."""
        return [part.state_dict() for part in self._parts]

    def load(self, states: Sequence[dict[str, Any]]) -> None:
        """Go on from ``states``."""
        for part, state in zip(self._parts, states, strict=True):
            part.load_state_dict(state)
