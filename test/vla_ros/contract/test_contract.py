# SPDX-License-Identifier: Apache-2.0
"""The shipped contract loads in every variant, survives a round trip, and differences between two are named."""

import dataclasses
from pathlib import Path

import pytest

from vla_ros.contract import Normalization, compare_contracts, dump_contract, load_contract, require_match
from vla_ros.errors import ContractError
from vla_ros.types import ActionSpace

FRANKA = Path(__file__).parents[3] / "config" / "robots" / "franka.yaml"
VARIANTS = [(robot, target) for robot in ("fr3", "panda") for target in ("sim", "real")]


@pytest.fixture
def robot():
    return load_contract(FRANKA)


@pytest.mark.parametrize(("name", "target"), VARIANTS)
def test_every_variant_loads_and_survives_a_round_trip(name, target):
    contract = load_contract(FRANKA, name, target)
    assert contract.variant == f"{name}/{target}"
    assert contract.joints.names == tuple(f"{name}_joint{i}" for i in range(1, 8))
    again = load_contract(dump_contract(contract))
    assert dataclasses.replace(again, variant=contract.variant) == contract


def test_default_variant_is_the_simulated_fr3(robot):
    assert robot.variant == "fr3/sim"
    assert robot.image_keys == ("image.scene", "image.wrist")
    assert robot.state_names[0] == "fr3_joint1.position"
    assert robot.state_names[-1] == "gripper.width"


def test_unknown_robot_names_the_nearest():
    with pytest.raises(ContractError, match=r"robots: got 'pandas', expected one of fr3, panda\. Did you mean 'panda'"):
        load_contract(FRANKA, "pandas")


def test_hash_follows_the_meaning_and_not_the_layout(robot):
    text = FRANKA.read_text()
    assert load_contract(text + "\n# a comment\n").hash == robot.hash
    hashes = {load_contract(FRANKA, *variant).hash for variant in VARIANTS}
    assert len(hashes) == len(VARIANTS)
    assert load_contract(text.replace("rate_hz: 30.0        #", "rate_hz: 29.0        #")).hash != robot.hash


def test_fr3_joint_six_is_not_the_pandas():
    """The two arms differ most in joint 6: a Panda's lower limit lets an FR3 into its stop."""
    lower = [load_contract(FRANKA, name).joints.lower_rad[5] for name in ("fr3", "panda")]
    assert lower == [0.5445, -0.0175]


def _stream(contract, key, **changes):
    streams = tuple(dataclasses.replace(s, **changes) if s.key == key else s for s in contract.streams)
    return dataclasses.replace(contract, streams=streams)


def _payload(contract, key, **changes):
    return _stream(contract, key, payload=dataclasses.replace(contract.stream(key).payload, **changes))


def _action(contract, **changes):
    return dataclasses.replace(contract, action=dataclasses.replace(contract.action, **changes))


def _fields(checkpoint, robot):
    return [mismatch.field for mismatch in compare_contracts(checkpoint, robot)]


def test_equal_contracts_have_no_mismatch(robot):
    assert compare_contracts(robot, robot) == ()
    require_match(robot, robot)


def test_what_a_policy_never_sees_may_differ(robot):
    other = _stream(robot, "image.scene", topic="other/image", max_age_s=1.0)
    assert compare_contracts(other, robot) == ()


def test_a_robot_may_observe_more_than_the_checkpoint_needs(robot):
    smaller = dataclasses.replace(robot, streams=robot.streams[:1] + robot.streams[2:])
    assert compare_contracts(smaller, robot) == ()
    assert _fields(robot, smaller) == ["images.image.wrist"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda c: _payload(c, "image.scene", width=96), "images.image.scene.width"),
        (lambda c: _payload(c, "image.scene", encoding="bgr8"), "images.image.scene.encoding"),
        (lambda c: _payload(c, "image.wrist", rotate_deg=180), "images.image.wrist.rotate_deg"),
        (lambda c: _payload(c, "joints", names=c.joints.names[::-1]), "state.order[0]"),
        (lambda c: _payload(c, "joints", fields=("position", "effort")), "state.fr3_joint1.effort"),
        (lambda c: dataclasses.replace(c, frames=dataclasses.replace(c.frames, tool="flange")), "frames.tool"),
        (lambda c: _action(c, names=c.action.names[::-1]), "action.names"),
        (lambda c: _action(c, units=("deg",) * 7), "action.units"),
        (lambda c: _action(c, space=ActionSpace.JOINT_VELOCITY), "action.space"),
        (lambda c: _action(c, rate_hz=15.0), "action.rate_hz"),
    ],
)
def test_difference_is_named(robot, change, field):
    assert field in _fields(change(robot), robot)


def test_missing_gripper_is_named(robot):
    assert _fields(robot, _action(robot, gripper=False)) == ["action.gripper"]


def _normalized(contract, scale=1.0, names=None):
    names = names or (*contract.action.names, "gripper")
    entry = Normalization("action", "mean_std", names, (0.0,) * len(names), (scale,) * len(names))
    return dataclasses.replace(contract, normalization=(entry,))


def test_normalisation_in_another_unit_or_with_other_columns_is_named(robot):
    assert compare_contracts(_normalized(robot), robot) == ()
    degrees = compare_contracts(_normalized(robot, scale=57.3), robot)
    assert {m.field for m in degrees} == {f"normalization.action.{name}" for name in robot.action.names}
    assert "degrees" in degrees[0].detail
    short = compare_contracts(_normalized(robot, names=robot.action.names), robot)
    assert [m.field for m in short] == ["normalization.action.gripper"]


def test_refusal_names_field_and_both_sides(robot):
    with pytest.raises(ContractError, match=r"action\.rate_hz: checkpoint 15 Hz, robot 10 Hz: the rows are played"):
        require_match(_action(robot, rate_hz=15.0), robot)
