# SPDX-License-Identifier: Apache-2.0
"""Real-time chunking of the default policy: what the network is told, and that guidance is the published one."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vla_ros.policy.flow.config import FlowConfig  # noqa: E402 (only where torch is installed)
from vla_ros.policy.flow.model import FlowPolicyNetwork, Inputs  # noqa: E402
from vla_ros.policy.flow.processing import Scaling, ToolState, tool_rows  # noqa: E402
from vla_ros.policy.flow.steered import guided, inpainted  # noqa: E402
from vla_ros.policy.flow.steering import actions_of, steering_of  # noqa: E402
from vla_ros.policy.prediction import InferenceContext  # noqa: E402
from vla_ros.policy.samplers import guided_flow, prefix_weights  # noqa: E402
from vla_ros.policy.samplers.flow import Guidance  # noqa: E402
from vla_ros.policy.specification import Conditioning  # noqa: E402

RNG = np.random.default_rng(5)
TOOL = ToolState(np.array([0.45, -0.1, 0.2]), 3.0)
CONFIG = FlowConfig(image_size=32, width=32, heads=2, fusion_blocks=1, head_blocks=2)
SCALING = Scaling(
    RNG.normal(size=(CONFIG.rows, CONFIG.action)),
    RNG.uniform(0.1, 2.0, (CONFIG.rows, CONFIG.action)),
    np.zeros(CONFIG.proprioception),
    np.ones(CONFIG.proprioception),
)


def some_actions():
    actions = RNG.uniform(-0.3, 0.3, (CONFIG.rows, CONFIG.action))
    actions[:, 4] = np.where(RNG.random(CONFIG.rows) > 0.5, 1.0, -1.0)
    return actions


def context(kind=Conditioning.GUIDED, rows=9, gripper=True, **changes):
    poses, widths = tool_rows(some_actions()[:rows], TOOL)
    values = {"frozen_rows": 2, "soft_end_row": 6, "prefix_gripper_m": widths if gripper else None, **changes}
    return InferenceContext(conditioning=kind, prefix=poses, **values)


def test_actions_of_poses_are_the_inverse_of_poses_of_actions():
    actions = some_actions()
    poses, widths = tool_rows(actions, TOOL)
    np.testing.assert_allclose(actions_of(poses, widths, TOOL), actions, atol=1e-12)
    np.testing.assert_allclose(actions_of(-poses * [-1, -1, -1, 1, 1, 1, 1], widths, TOOL)[:, 3], actions[:, 3])
    np.testing.assert_allclose(actions_of(poses, None, TOOL)[:, 4], 0.0)


def test_guidance_is_normalised_and_softly_masked_where_the_timeline_runs():
    told = context()
    steering = steering_of(told, TOOL, SCALING)
    np.testing.assert_allclose(steering.weights[:, :4], np.tile(prefix_weights(16, 2, 6)[:, None], (1, 4)), atol=1e-7)
    np.testing.assert_allclose(steering.weights[1:, 4], prefix_weights(16, 2, 6)[:-1], atol=1e-7)
    back = SCALING.physical_actions(steering.prefix.astype(float))
    np.testing.assert_allclose(tool_rows(back, TOOL)[0][:9], told.prefix, atol=1e-6)
    np.testing.assert_allclose(steering.weights[9:], 0.0)


def test_inpainting_holds_the_frozen_rows_alone():
    weights = steering_of(context(Conditioning.INPAINT), TOOL, SCALING).weights
    np.testing.assert_array_equal(weights[:, :4], np.repeat(np.arange(16) < 2, 4).reshape(16, 4))
    # A width holds from its row on: an action's width is that of the row before.
    np.testing.assert_array_equal(weights[:, 4], np.arange(16) < 3)


def test_a_gripper_that_is_not_known_holds_nothing():
    assert (steering_of(context(gripper=False), TOOL, SCALING).weights[:, 4] == 0.0).all()


@pytest.mark.parametrize(
    "told",
    [
        InferenceContext(),
        context(Conditioning.NONE),
        context(Conditioning.FUTURE_STATE),
        context(frozen_rows=0, soft_end_row=0),
        context(Conditioning.INPAINT, frozen_rows=0),
    ],
)
def test_nothing_steers_a_chunk_where_nothing_runs_or_nothing_is_frozen(told):
    assert steering_of(told, TOOL, SCALING) is None


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    model = FlowPolicyNetwork(CONFIG).double().eval().requires_grad_(requires_grad=False)
    for block in model.head.blocks:  # a trained network depends on the flow time; a fresh one does not
        torch.nn.init.normal_(block.modulation.weight, std=0.05)
    return model


@pytest.fixture(scope="module")
def encoded(network):
    torch.manual_seed(4)
    inputs = Inputs(
        torch.rand(1, 2, 3, 32, 32, dtype=torch.float64) * 2 - 1,
        torch.zeros(1, dtype=torch.long),
        torch.randint(1, 9, (1, CONFIG.words)),
        torch.randn(1, CONFIG.proprioception, dtype=torch.float64),
    )
    return inputs, network.head.cache(network.encode(inputs).tokens)


def tensors(seed):
    torch.manual_seed(seed)
    noise, prefix = torch.randn(2, 1, CONFIG.rows, CONFIG.action, dtype=torch.float64)
    weights = torch.from_numpy(prefix_weights(CONFIG.rows, 3, 8))[None, :, None].expand_as(prefix)
    return noise, prefix, weights


def test_weights_of_zero_are_the_plain_network(network, encoded):
    inputs, cached = encoded
    noise, prefix, weights = tensors(1)
    plain, _ = network(inputs, noise)
    for steered in (guided, inpainted):
        torch.testing.assert_close(steered(network, cached, noise, prefix, 0.0 * weights), plain)


def test_guidance_goes_through_the_true_jacobian_of_the_network(network, encoded):
    _, cached = encoded
    noise, prefix, weights = tensors(2)

    def clean(sample, time):
        rows = torch.from_numpy(sample)[None]
        return network.head.run(cached, rows, torch.full((1,), time, dtype=torch.float64))[0].numpy()

    def jacobian_product(sample, time, vector):
        """The product with the Jacobian by central differences along every entry."""
        product = np.zeros_like(sample)
        for index in np.ndindex(sample.shape):
            bump = np.zeros_like(sample)
            bump[index] = 1e-5
            product[index] = np.sum(vector * (clean(sample + bump, time) - clean(sample - bump, time))) / 2e-5
        return product

    expected = guided_flow(
        lambda x, t: (clean(x, t) - x) / (1.0 - t),
        jacobian_product,
        noise[0].numpy(),
        CONFIG.euler_steps,
        Guidance(prefix[0].numpy(), weights[0, :, 0].numpy()),
    )
    found = guided(network, cached, noise, prefix, weights)
    np.testing.assert_allclose(found[0].numpy(), expected, atol=1e-6)
    identity = guided_flow(
        lambda x, t: (clean(x, t) - x) / (1.0 - t),
        lambda x, t, u: u,
        noise[0].numpy(),
        CONFIG.euler_steps,
        Guidance(prefix[0].numpy(), weights[0, :, 0].numpy()),
    )
    assert np.abs(found[0].numpy() - identity).max() > 0.1, "taking the identity for the Jacobian is another method"


def test_inpainted_rows_are_the_prefix_and_the_others_follow_from_it(network, encoded):
    _, cached = encoded
    noise, prefix, _ = tensors(3)
    weights = torch.zeros_like(prefix)
    weights[:, :4] = 1.0
    chunk = inpainted(network, cached, noise, prefix, weights)
    torch.testing.assert_close(chunk[:, :4], prefix[:, :4])
    other = inpainted(network, cached, noise, prefix + 1.0, weights)
    assert (chunk[:, 4:] - other[:, 4:]).abs().max() > 1e-3
