# SPDX-License-Identifier: Apache-2.0
"""Writes a checkpoint folder from a training state: safetensors, JSON, contract, ONNX graph, model card."""

from __future__ import annotations

import platform
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from vla_ros.contract import Contract, dump_contract
from vla_ros.policy.flow.assets import ONNX_FILE, WEIGHTS_FILE, FlowAssets, write_assets
from vla_ros.policy.flow.model import FlowPolicyNetwork
from vla_ros.policy.flow.processing import Scaling
from vla_ros.policy.flow.steered import SteeredGraph
from vla_ros.training.dataset import is_validation
from vla_ros.training.records import NETWORK
from vla_ros.training.sentences import training_vocabulary
from vla_ros.training.shards import list_shards
from vla_ros.training.trainer import load_state

__all__ = ["export_checkpoint", "network_of", "write_checkpoint"]

LIBRARIES = ("torch", "numpy", "mujoco")
OPSET = 18


def network_of(state_file: Path) -> tuple[FlowPolicyNetwork, FlowAssets, dict[str, float]]:
    """Return the averaged network of a training state, its assets, and how long it was trained."""
    state = load_state(state_file)
    network = FlowPolicyNetwork(NETWORK)
    network.load_state_dict(state["average"])
    scaling = Scaling(**{name: tensor.numpy() for name, tensor in state["scaling"].items()})
    assets = FlowAssets(NETWORK, scaling, training_vocabulary())
    return network.eval(), assets, {"iterations": state["iteration"], "training_s": round(state["elapsed_s"], 1)}


def export_checkpoint(state_file: Path, folder: Path, contract: Contract, seed: int) -> Path:
    """Write the checkpoint of a training state into ``folder``; a model card that is there stays."""
    network, assets, trained = network_of(state_file)
    recorded = recorded_frames(state_file.parents[2])
    return write_checkpoint(folder, (network, assets), contract, {"seed": seed, **recorded, **trained})


def write_checkpoint(
    folder: Path, model: tuple[FlowPolicyNetwork, FlowAssets], contract: Contract, provenance: dict[str, Any]
) -> Path:
    """Write a network with its assets as a checkpoint folder; ``provenance`` tells how it was made."""
    network, assets = model
    folder.mkdir(parents=True, exist_ok=True)
    versions = {name: version(name) for name in LIBRARIES}
    write_assets(folder, assets, python=platform.python_version(), **versions, **provenance)
    save_file(
        {name: tensor.contiguous() for name, tensor in network.state_dict().items()},
        folder / WEIGHTS_FILE,
        metadata={"format": "pt"},
    )
    (folder / WEIGHTS_FILE).chmod(0o644)  # the library writes a private file
    (folder / "contract.yaml").write_text(dump_contract(contract), encoding="utf-8")
    export_onnx(network, folder / ONNX_FILE)
    return folder


def recorded_frames(folder: Path) -> dict[str, int]:
    """Return how many frames of each kind ``folder`` holds for training."""
    counts = {}
    for kind in ("demonstrations", "snapshots", "corrections"):
        paths = [path for path in list_shards(folder / kind) if not is_validation(path.name)]
        counts[f"frames_of_{kind}"] = sum(len(np.load(path / "frames.npy", mmap_mode="r")) for path in paths)
    return counts


def export_onnx(network: FlowPolicyNetwork, path: Path) -> None:
    """Write the whole inference, all integration steps included, as one graph; any number of samples."""
    config, count = network.config, 2
    example = (
        torch.zeros(1, len(config.image_keys), 3, config.image_size, config.image_size),
        torch.zeros(count, dtype=torch.long),
        torch.ones(count, config.words, dtype=torch.long),
        torch.zeros(count, config.proprioception),
        tuple(torch.zeros(count, config.rows, config.action) for _ in range(3)),
    )
    names = ["images", "image_index", "words", "proprioception", "noise", "prefix", "weights"]
    with warnings.catch_warnings():
        # The feature map's size is a constant of the graph on purpose; the exporter in use is the older, leaner one.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            SteeredGraph(network),
            example,
            str(path),
            input_names=names,
            output_names=["chunk", "auxiliary"],
            dynamic_axes={name: {0: "samples"} for name in [*names[1:], "chunk", "auxiliary"]},
            opset_version=OPSET,
            dynamo=False,
            do_constant_folding=False,  # it would store a transposed copy of the head per integration step
        )
