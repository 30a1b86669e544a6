# SPDX-License-Identifier: Apache-2.0
"""Errors on held-out frames in units that mean something: millimetres, and the share of frames that point elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vla_ros.policy.flow.images import network_images
from vla_ros.policy.flow.model import FlowPolicyNetwork, Inputs
from vla_ros.policy.flow.processing import Scaling
from vla_ros.policy.flow.vocabulary import Vocabulary
from vla_ros.training.dataset import Batch, Dataset, join
from vla_ros.training.labels import GOAL_SCALE, OBJECT_SCALE
from vla_ros.training.records import NETWORK, SKILLS

__all__ = ["held_out_batch", "validate"]

FAR_MM = 40.0  # further off than this the phrase was taken for another object


def held_out_batch(datasets: list[Dataset], vocabulary: Vocabulary, images: int) -> Batch:
    """Return the same pictures at every call, about ``images`` of them, from all datasets alike."""
    rng = np.random.default_rng(0)
    return join([dataset.batch(max(1, images // len(datasets)), vocabulary, rng) for dataset in datasets])


def validate(network: FlowPolicyNetwork, batch: Batch, scaling: Scaling, device: str) -> dict[str, float]:
    """Return errors by name: positions in mm, shares in 0..1; ``mm_<skill>`` is the chunk's error of one skill."""
    network.eval()
    parts = np.array_split(np.arange(len(batch.words)), max(1, len(batch.words) // 64))
    with torch.no_grad():
        outputs = [_forward(network, _inputs(batch, rows, scaling, device), scaling, int(rows[0])) for rows in parts]
    chunk, auxiliary = (np.concatenate(columns) for columns in zip(*outputs, strict=True))
    network.train()
    labels = batch.labels
    error = 1e3 * np.linalg.norm(chunk[..., :3] - labels.actions[..., :3], axis=-1).mean(axis=1)
    gripper = (chunk[..., 4] > 0) == (labels.actions[..., 4] > 0)
    named, aimed = labels.auxiliary_mask[:, 0], labels.auxiliary_mask[:, 5]
    thing = 1e3 / OBJECT_SCALE * np.linalg.norm((auxiliary - labels.auxiliary)[named, :3], axis=1)
    goal = 1e3 / GOAL_SCALE * np.linalg.norm((auxiliary - labels.auxiliary)[aimed, 5:8], axis=1)
    result = {
        "chunk_mm": error.mean(),
        "gripper_accuracy": gripper.mean(),
        **_distances("object", thing),
        **_distances("goal", goal),
        "done_accuracy": ((auxiliary[:, 9] > 0.5) == (labels.auxiliary[:, 9] > 0.5)).mean(),
    }
    for index, skill in enumerate(SKILLS):
        chosen = batch.tasks["skill"] == index
        if chosen.any():
            result[f"mm_{skill.value}"] = error[chosen].mean()
    return {name: round(float(value), 4) for name, value in result.items()}


def _distances(name: str, error_mm: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return the median and the share that is far off; zeros where no task names such a thing."""
    if not len(error_mm):
        return {f"{name}_mm": 0.0, f"{name}_wrong": 0.0}
    return {f"{name}_mm": float(np.median(error_mm)), f"{name}_wrong": float((error_mm > FAR_MM).mean())}


def _inputs(batch: Batch, rows: Any, scaling: Scaling, device: str) -> Inputs:
    images = torch.from_numpy(network_images(batch.images[batch.image_index[rows]]))
    proprioception = scaling.normalised_proprioception(batch.proprioception[rows].astype(float))
    return Inputs(
        images.to(device),
        torch.arange(len(rows), device=device),
        torch.from_numpy(batch.words[rows]).to(device),
        torch.from_numpy(proprioception).float().to(device),
    )


def _forward(network: FlowPolicyNetwork, inputs: Inputs, scaling: Scaling, seed: int) -> tuple[Any, Any]:
    shape = (len(inputs.words), NETWORK.rows, NETWORK.action)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(inputs.images.device)
    chunk, context = network(inputs, noise)
    return scaling.physical_actions(chunk.cpu().double().numpy()), context.auxiliary.cpu().numpy()
