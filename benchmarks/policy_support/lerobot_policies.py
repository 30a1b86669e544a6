# SPDX-License-Identifier: Apache-2.0
"""Run by an interpreter that has the lerobot package: how long ACT and Diffusion Policy take for a chunk, as JSON.

Networks of their default sizes with random weights, on one thread, with the pictures of the default policy: two of 224
pixels. Nothing is downloaded.
"""

import json
import sys
import time

import torch
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.policies.act.configuration_act import ACTConfig
from lerobot.policies.act.modeling_act import ACTPolicy
from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig
from lerobot.policies.diffusion.modeling_diffusion import DiffusionPolicy

CAMERAS = ("observation.images.scene", "observation.images.wrist")
PIXELS, STATE, ACTION = 224, 8, 8


def features() -> dict[str, dict[str, PolicyFeature]]:
    """Return the inputs and outputs of a policy for one arm with two cameras."""
    images = {name: PolicyFeature(FeatureType.VISUAL, (3, PIXELS, PIXELS)) for name in CAMERAS}
    state = {"observation.state": PolicyFeature(FeatureType.STATE, (STATE,))}
    return {
        "input_features": {**images, **state},
        "output_features": {"action": PolicyFeature(FeatureType.ACTION, (ACTION,))},
    }


def policies() -> dict[str, torch.nn.Module]:
    """Return the policies by name."""
    common = {**features(), "pretrained_backbone_weights": None, "device": "cpu"}
    quick = DiffusionConfig(**common, noise_scheduler_type="DDIM", num_inference_steps=10)
    return {
        "act": ACTPolicy(ACTConfig(**common)),
        "diffusion": DiffusionPolicy(DiffusionConfig(**common)),
        "diffusion_ddim10": DiffusionPolicy(quick),
    }


def chunk_ms(policy: torch.nn.Module, seconds: float) -> list[float]:
    """Return the durations [ms] of chunks, at least one after one to warm up."""
    policy.eval()
    batch = {name: torch.rand(1, 3, PIXELS, PIXELS) for name in CAMERAS} | {"observation.state": torch.rand(1, STATE)}
    durations: list[float] = []
    with torch.inference_mode():
        end = time.perf_counter() + seconds
        while len(durations) < 2 or time.perf_counter() < end:
            policy.reset()
            begin = time.perf_counter()
            policy.select_action(dict(batch))  # with an empty queue that is a whole chunk
            durations.append(1e3 * (time.perf_counter() - begin))
    return durations[1:]


if __name__ == "__main__":
    torch.set_num_threads(1)
    budget_s = float(sys.argv[1])
    found = {}
    for name, policy in policies().items():
        found[name] = {"ms": chunk_ms(policy, budget_s), "parameters": sum(p.numel() for p in policy.parameters())}
    json.dump(found, sys.stdout)
