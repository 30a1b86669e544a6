# SPDX-License-Identifier: Apache-2.0
"""The grounding term pulls a map's mean to the labelled point, and leaves maps without a label alone."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vla_ros.policy.flow.config import FlowConfig  # noqa: E402
from vla_ros.policy.flow.model import FlowPolicyNetwork, Inputs  # noqa: E402
from vla_ros.training.config import LossConfig  # noqa: E402
from vla_ros.training.losses import Targets, losses  # noqa: E402

CONFIG = FlowConfig(width=32, heads=2, fusion_blocks=1, head_blocks=1, vocabulary=8, words=4)


def _case(points):
    generator = torch.Generator().manual_seed(0)
    inputs = Inputs(
        torch.rand((1, 2, 3, 96, 96), generator=generator) * 2.0 - 1.0,
        torch.zeros(1, dtype=torch.long),
        torch.tensor([[1, 2, 0, 0]]),
        torch.zeros(1, CONFIG.proprioception),
    )
    mask = torch.zeros(1, CONFIG.auxiliary, dtype=torch.bool)
    mask[0, -1] = True
    targets = Targets(torch.zeros(1, 16, 5), torch.zeros(1, CONFIG.auxiliary), mask, torch.tensor(points))
    return inputs, targets


def test_training_on_one_point_puts_the_mean_of_the_map_there():
    torch.manual_seed(0)
    network = FlowPolicyNetwork(CONFIG)
    points = np.full((1, 2, 2, 2), np.nan, np.float32)
    points[0, 1, 0] = (0.31, 0.77)
    inputs, targets = _case(points)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(120):
        optimiser.zero_grad()
        losses(network, inputs, targets, LossConfig(grounding=1.0)).total.backward()
        optimiser.step()
    grid = network.encode(inputs).grounding[0, 1, 0].exp().detach().numpy().reshape(12, 12)
    centres = (np.arange(12) + 0.5) / 12
    np.testing.assert_allclose([grid.sum(0) @ centres, grid.sum(1) @ centres], [0.31, 0.77], atol=0.02)


def test_a_point_that_is_not_seen_costs_nothing():
    network = FlowPolicyNetwork(CONFIG)
    inputs, targets = _case(np.full((1, 2, 2, 2), np.nan, np.float32))
    assert losses(network, inputs, targets, LossConfig()).grounding.detach().item() == 0.0


def test_the_words_of_a_phrase_are_told_apart_by_their_order():
    torch.manual_seed(0)
    network = FlowPolicyNetwork(CONFIG)
    inputs, _ = _case(np.full((1, 2, 2, 2), np.nan, np.float32))
    swapped = Inputs(inputs.images, inputs.image_index, torch.tensor([[2, 1, 0, 0]]), inputs.proprioception)
    with torch.no_grad():
        first, second = network.encode(inputs).grounding, network.encode(swapped).grounding
    assert not torch.allclose(first, second)
