# SPDX-License-Identifier: Apache-2.0
"""A remote policy behind the interface of every other: presets, adapters, faults, and what a session makes of them."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.configuration import load_policy_config
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.prediction import InferenceContext, Instruction, Latent
from vla_ros.policy.registry import backend, load_policy
from vla_ros.policy.remote import Fault, RemoteError
from vla_ros.policy.remote.adapter.config import adapter_config
from vla_ros.policy.remote.dry_run import check_sent, observation_at_rest, run_dry
from vla_ros.policy.remote.options import remote_options
from vla_ros.policy.remote.policy import remote_policy
from vla_ros.serving.fake import Behaviour, FakeConfig, fake_server
from vla_ros.types import ActionSpace

FOLDER = Path(__file__).parents[4] / "config" / "policies"
PRESETS = sorted(path.stem for path in FOLDER.glob("*.yaml") if "backend: remote" in path.read_text(encoding="utf-8"))
BIMANUAL = [name for name in PRESETS if "aloha" in name]
TEXT = Instruction("put the red cube in the left bin")
SECOND_NS = 1_000_000_000


def options_of(preset):
    return remote_options(load_policy_config(FOLDER / f"{preset}.yaml").options)


def policy_at(preset, url, contract, **changes):
    return remote_policy(replace(options_of(preset).at(url), **changes), contract, time.monotonic_ns)


def fake_of(preset, behaviour=Behaviour.CONSTANT, value=0.25):
    """Return protocol and configuration of a fake server that answers what the preset describes."""
    options = options_of(preset)
    action = options.adapter.action
    widths = {3: (3, 3, 1), 2: (action.columns - 1, 1), 1: (action.columns,)}[len(action.keys)]
    keys = tuple(zip(action.keys, widths, strict=True))
    return options.protocol, FakeConfig(
        behaviour, rows=action.rows, columns=action.columns, keys=keys, value=value, huge_bytes=1 << 40
    )


def inferred(policy, observation, seconds=30.0):
    return policy.infer(observation, TEXT, InferenceContext(epoch=3), time.monotonic_ns() + round(seconds * 1e9))


@pytest.fixture
def bimanual(franka):
    """A robot of 14 joints with ALOHA's cameras."""
    names = tuple(f"{side}_{i}" for side in ("left", "right") for i in range(7))
    limits = {"lower_rad": (-3.0,) * 14, "upper_rad": (3.0,) * 14, "velocity_rad_s": (1.0,) * 14}
    joints = replace(franka.joints, names=names, **limits)
    keys = ("image.cam_high", "image.cam_left_wrist", "image.cam_right_wrist")
    images = tuple(replace(franka.stream("image.scene"), key=key) for key in keys)
    stream = franka.stream("joints")
    state = replace(stream, payload=replace(stream.payload, names=names))
    return replace(franka, joints=joints, streams=(*images, state))


@pytest.fixture
def robot_of(franka, bimanual):
    return lambda preset: bimanual if preset in BIMANUAL else franka


def test_there_are_presets_for_the_published_data_sets():
    assert {"openpi_droid", "openpi_libero", "openpi_aloha", "openvla_bridge", "roboarena", "groot_droid"} <= set(
        PRESETS
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_runs_against_a_server_of_its_protocol(preset, robot_of):
    contract = robot_of(preset)
    observation = observation_at_rest(contract)
    with fake_server(*fake_of(preset, value=0.01)) as server:
        policy = policy_at(preset, server.url, contract)
        policy.warm_up()
        policy.reset()
        chunk = inferred(policy, observation).chunk
        policy.client.close()
    specification = policy.specification
    assert chunk.rows.shape == (specification.rows, len(specification.names))
    assert chunk.stamp_ns == observation.stamp_ns + specification.first_row_ns
    assert chunk.provenance.epoch == 3
    assert chunk.gripper_m.shape == ((specification.rows,) if specification.gripper else (0,))


@pytest.mark.parametrize("preset", PRESETS)
def test_dry_run_shows_what_is_sent_and_what_came_back(preset, robot_of):
    contract = robot_of(preset)
    observation = observation_at_rest(contract)
    with fake_server(*fake_of(preset)) as server:
        policy = policy_at(preset, server.url, contract)
        sent = check_sent(policy, options_of(preset).adapter, observation, TEXT.text)
        found = run_dry(policy, observation, TEXT.text, timeout_s=30.0)
        policy.client.close()
    assert any(TEXT.text in row.values for row in sent)
    assert any(("uint8" in row.shape and "224" in row.shape) or "256" in row.shape for row in sent)
    assert [row.key for row in found.commanded][: len(policy.specification.names)] == list(policy.specification.names)
    assert found.round_trip_s > 0.0


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (Behaviour.NON_FINITE, Fault.NOT_FINITE),
        (Behaviour.WRONG_SHAPE, Fault.WRONG_SHAPE),
        (Behaviour.ERROR, Fault.SERVER_ERROR),
        (Behaviour.DROPPING, Fault.CLOSED),
        (Behaviour.HUGE, Fault.TOO_LARGE),
    ],
    ids=lambda value: value.value,
)
@pytest.mark.parametrize("preset", ["openpi_droid", "openvla_oft_libero"])
def test_fault_of_the_server_gives_no_chunk_but_a_sentence(preset, behaviour, fault, franka, observation):
    with fake_server(*fake_of(preset, behaviour)) as server:
        policy = policy_at(preset, server.url, franka)
        with pytest.raises(RemoteError) as caught:
            inferred(policy, observation)
        policy.client.close()
    assert caught.value.fault is fault
    assert isinstance(caught.value, PolicyError)


def test_deadline_of_the_caller_holds(franka, observation):
    with fake_server(*fake_of("openpi_droid", Behaviour.HANGING)) as server:
        policy = policy_at("openpi_droid", server.url, franka)
        with pytest.raises(RemoteError, match="timeout"):
            inferred(policy, observation, seconds=0.3)


def test_droid_velocities_are_scaled_and_the_gripper_is_turned_round(franka, observation):
    with fake_server(*fake_of("openpi_droid", value=0.5)) as server:
        policy = policy_at("openpi_droid", server.url, franka)
        payload, _ = policy.adapters.request(observation, TEXT)
        chunk = inferred(policy, observation).chunk
        policy.client.close()
    assert chunk.space is ActionSpace.JOINT_VELOCITY
    np.testing.assert_allclose(chunk.rows, 1.5)
    np.testing.assert_allclose(payload["observation/gripper_position"], [0.25])  # 0.06 m of 0.08 m open; 1 is closed


def test_libero_state_is_position_rotation_vector_and_mirrored_fingers(franka, observation):
    policy = policy_at("openpi_libero", "", franka)
    payload, state = policy.adapters.request(observation, TEXT)
    expected = Rotation.from_quat(state.origin.pose[3:]).as_rotvec()
    np.testing.assert_allclose(payload["observation/state"][:3], state.origin.pose[:3], atol=1e-6)
    np.testing.assert_allclose(payload["observation/state"][3:6], expected, atol=1e-5)
    np.testing.assert_allclose(payload["observation/state"][6:], [0.03, -0.03], atol=1e-7)
    np.testing.assert_array_equal(payload["observation/image"], observation.images["image.scene"][::-1, ::-1])


def test_tool_steps_add_up_from_where_the_tool_was(franka, observation):
    with fake_server(*fake_of("openpi_libero", value=0.2)) as server:
        policy = policy_at("openpi_libero", server.url, franka)
        _, state = policy.adapters.request(observation, TEXT)
        chunk = inferred(policy, observation).chunk
        policy.client.close()
    steps = np.arange(1, 11)[:, None]
    np.testing.assert_allclose(chunk.rows[:, :3], state.origin.pose[:3] + 0.01 * steps, atol=1e-6)
    start = Rotation.from_quat(state.origin.pose[3:])
    last = Rotation.from_rotvec([1.0, 1.0, 1.0]) * start  # ten steps of 0.1 rad about one axis of the base
    assert (Rotation.from_quat(chunk.rows[-1, 3:]) * last.inv()).magnitude() < 1e-6


def test_backend_loads_out_of_a_preset(franka):
    config = load_policy_config(FOLDER / "openpi_droid.yaml")
    resources = PolicyResources(franka, time.monotonic_ns, options=config.options)
    policy = load_policy(backend(config.backend), None, resources)
    assert policy.specification.image_keys == ("image.scene", "image.wrist")


def changed(**changes):
    options = dict(load_policy_config(FOLDER / "openpi_droid.yaml").options)
    adapter = {**options["adapter"], **changes.pop("adapter", {})}
    return {**options, "adapter": adapter, **changes}


def test_language_motion_and_latent_go_to_servers_that_take_them(franka, observation):
    adapter = {"motion": "motion", "latent": {"key": ["planner", "latent"], "space": "plan"}}
    policy = remote_policy(remote_options(changed(adapter=adapter)), franka, time.monotonic_ns)
    assert policy.specification.latent == "plan"
    latent = Latent("plan", 0, SECOND_NS, np.arange(3, dtype=np.float32))
    payload, _ = policy.adapters.request(observation, Instruction("open", motion="lift the arm", latent=latent))
    assert payload["motion"] == "lift the arm"
    np.testing.assert_array_equal(payload["planner"]["latent"], latent.values)
    with pytest.raises(PolicyError, match="no latent"):
        policy.adapters.request(observation, Instruction("open"))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"protocl": 1}, "Did you mean 'protocol'"),
        ({"protocol": "openpy"}, "Did you mean 'openpi'"),
        ({"adapter": {"image": []}}, "Did you mean 'images'"),
        ({"adapter": {"latent": {"key": "z"}}}, "space"),
        ({"adapter": {"images": [{"key": "a", "source": "image.scen"}]}}, "Did you mean 'image.scene'"),
        ({"adapter": {"states": [{"key": "a", "parts": ["joint_position"]}]}}, "Did you mean 'joint_positions'"),
        ({"adapter": {"states": [{"key": "a", "parts": ["gripper"]}]}}, "does not say what is open"),
        ({"adapter": {"action": {"space": "joint_position", "columns": 6, "rows": 1, "period_s": 0.1}}}, "7 columns"),
        ({"adapter": {"action": {"space": "joint_position"}}}, "missing"),
        ({"max_reply_bytes": 1 << 30}, "max_reply_bytes"),
        ({"url": "ws://gpu.example:8000"}, "tunnel"),
        ({"protocol_options": {"speed": 1}}, "speed"),
        ({"connect_timeout_s": "soon"}, "options"),
    ],
    ids=str,
)
def test_wrong_option_is_one_sentence(franka, changes, part):
    with pytest.raises(ConfigError, match=part):
        remote_policy(remote_options(changed(**changes)), franka, time.monotonic_ns)


def test_statistics_undo_a_normalisation_of_the_server(franka, observation, tmp_path):
    file = tmp_path / "statistics.json"
    low, high = [-1.0] * 8, [3.0] * 8
    file.write_text(f'{{"droid": {{"action": {{"q01": {low}, "q99": {high}}}}}}}')
    action = {
        "space": "joint_position", "columns": 8, "rows": 2, "period_s": 0.1, "gripper": {"closed": 3.0, "open": -1.0},
        "normalisation": {"kind": "quantiles", "file": str(file), "key": "droid", "epsilon": 0.0},
    }  # fmt: skip
    adapter = adapter_config({**changed()["adapter"], "action": action})
    with fake_server("openpi", FakeConfig(rows=2, columns=8, value=0.5)) as server:
        options = replace(options_of("openpi_droid"), adapter=adapter, url=server.url)
        policy = remote_policy(options, franka, time.monotonic_ns)
        chunk = inferred(policy, observation).chunk
        policy.client.close()
    np.testing.assert_allclose(chunk.rows, 2.0)
    np.testing.assert_allclose(chunk.gripper_m, 0.0)  # 2 is nearer to closed
