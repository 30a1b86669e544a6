# SPDX-License-Identifier: Apache-2.0
"""Samplers that turn a network's predictions into a chunk. Numpy only; the network comes in as a function."""

from vla_ros.policy.samplers.diffusion import ddim, ddpm, dpm_solver
from vla_ros.policy.samplers.flow import FlowConvention, guided_flow, integrate_flow, prefix_weights
from vla_ros.policy.samplers.masked import discrete_flow, masked_diffusion
from vla_ros.policy.samplers.noise_schedule import NoiseSchedule
from vla_ros.policy.samplers.streaming import StreamingBuffer

__all__ = [
    "FlowConvention",
    "NoiseSchedule",
    "StreamingBuffer",
    "ddim",
    "ddpm",
    "discrete_flow",
    "dpm_solver",
    "guided_flow",
    "integrate_flow",
    "masked_diffusion",
    "prefix_weights",
]
