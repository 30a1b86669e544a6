# SPDX-License-Identifier: Apache-2.0
"""Turns numpy batches into tensors on a device, with photometric augmentation. No geometry is changed."""

from __future__ import annotations

import torch
from torch import Tensor

from vla_ros.policy.flow.model import Inputs
from vla_ros.policy.flow.processing import Scaling
from vla_ros.training.dataset import Batch
from vla_ros.training.losses import Targets

__all__ = ["augmented", "to_tensors"]

GAIN, TINT, CONTRAST, NOISE = 0.2, 0.05, 0.15, 0.02
PROPRIOCEPTION_NOISE = 0.02
WIDTH = 7  # column of the fingers, behind the joints
WIDTH_NOISE = 0.2  # 5 mm: what is a little wider than any object seen is held all the same


def to_tensors(batch: Batch, scaling: Scaling, device: str) -> tuple[Inputs, Targets]:
    """Return the network's inputs and labels, normalised."""
    labels = batch.labels
    images = torch.from_numpy(batch.images).to(device).permute(0, 1, 4, 2, 3).contiguous().float() / 127.5 - 1.0
    actions = scaling.normalised_actions(labels.actions.astype(float))
    proprioception = scaling.normalised_proprioception(batch.proprioception.astype(float))
    inputs = Inputs(
        images,
        torch.from_numpy(batch.image_index).to(device),
        torch.from_numpy(batch.words).to(device),
        torch.from_numpy(proprioception).float().to(device),
    )
    targets = Targets(
        torch.from_numpy(actions).float().to(device),
        torch.from_numpy(labels.auxiliary).to(device),
        torch.from_numpy(labels.auxiliary_mask).to(device),
        torch.from_numpy(labels.points).to(device),
    )
    return inputs, targets


def augmented(inputs: Inputs) -> Inputs:
    """Return inputs with other exposure, white balance, contrast and noise; hues stay true to their names."""
    images = inputs.images
    batch, cameras = images.shape[:2]

    def around_one(*shape: int, spread: float) -> Tensor:
        return 1.0 + spread * (2.0 * torch.rand(*shape, device=images.device) - 1.0)

    gain = around_one(batch, cameras, 1, 1, 1, spread=GAIN) * around_one(batch, cameras, 3, 1, 1, spread=TINT)
    level = images.mean(dim=(2, 3, 4), keepdim=True)
    changed = (images - level) * around_one(batch, cameras, 1, 1, 1, spread=CONTRAST) + level
    changed = (changed + 1.0) * gain - 1.0 + NOISE * torch.randn_like(images)
    noisy = inputs.proprioception + PROPRIOCEPTION_NOISE * torch.randn_like(inputs.proprioception)
    noisy[:, WIDTH] += WIDTH_NOISE * (2.0 * torch.rand(len(noisy), device=images.device) - 1.0)
    return Inputs(changed.clamp(-1.0, 1.0), inputs.image_index, inputs.words, noisy)
