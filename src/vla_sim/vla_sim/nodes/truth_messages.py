# SPDX-License-Identifier: Apache-2.0
"""The ground truth as a message, and object states back from one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vla_msgs.msg import GroundTruth as GroundTruthMessage
from vla_msgs.msg import ObjectState as ObjectMessage

from vla_sim.controllers.reflex import Reflex
from vla_sim.nodes.conversions import header, pose_message
from vla_sim.nodes.loop import Moment
from vla_sim.scene.layout import ObjectLayout, SceneLayout
from vla_sim.scene.model import BIN_HALF_M, BIN_HEIGHT_M
from vla_sim.state import ObjectState

CONTACT_N = 2.0  # lighter touches of the robot are not told
ROBOT = "panda_"


@dataclass(slots=True)
class SceneIdentity:
    """Which scene runs. Changed by a reset only."""

    scene: str
    seed: int
    path: str  # of the scene file that was given at the start, empty: none


def ground_truth_message(moment: Moment, base: str, identity: SceneIdentity) -> GroundTruthMessage:
    """Return what is true now."""
    simulation = moment.simulation
    truth, layout = simulation.truth, simulation.layout
    held = truth.held_object()
    pairs = {
        f"{contact.first}/{contact.second}"
        for contact in truth.contacts()
        if contact.force_n > CONTACT_N and (contact.first.startswith(ROBOT) != contact.second.startswith(ROBOT))
    }
    return GroundTruthMessage(
        header=header(moment.stamp_ns, base),
        scene=identity.scene,
        seed=identity.seed,
        objects=[
            *(_object_message(*item) for item in zip(truth.objects(), layout.objects, strict=True)),
            *_target_messages(layout),
        ],
        grasped="" if held is None else truth.names[held],
        contacts=sorted(pairs),
        reflex=simulation.state().reflex is not Reflex.NONE,
    )


def _object_message(state: ObjectState, layout: ObjectLayout) -> ObjectMessage:
    message = ObjectMessage(
        name=state.name,
        shape=layout.shape.value,
        color=layout.colour,
        size=np.asarray(layout.half_size_m, dtype=float),
        pose=pose_message(state.position, state.quaternion_wxyz),
    )
    linear, angular = message.twist.linear, message.twist.angular
    linear.x, linear.y, linear.z = state.velocity[:3].tolist()
    angular.x, angular.y, angular.z = state.velocity[3:].tolist()
    return message


def _target_messages(layout: SceneLayout) -> list[ObjectMessage]:
    """Return bins and zones: places that do not move."""
    level = np.array([1.0, 0.0, 0.0, 0.0])
    bins = [
        ObjectMessage(
            name=f"{side} bin",
            shape="bin",
            size=np.array([*BIN_HALF_M, BIN_HEIGHT_M / 2.0]),
            pose=pose_message(np.array([*centre, BIN_HEIGHT_M / 2.0]), level),
        )
        for side, centre in layout.bins_m
    ]
    zones = [
        ObjectMessage(
            name=zone.name,
            shape="zone",
            color=zone.colour,
            size=np.array([zone.half_size_m, zone.half_size_m, 0.0]),
            pose=pose_message(np.array([*zone.position_m, 0.0]), level),
        )
        for zone in layout.zones
    ]
    return bins + zones
