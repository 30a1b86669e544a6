# SPDX-License-Identifier: Apache-2.0
"""The Franka arm with its hand as an `mujoco.MjSpec`, from the vendored description. No table, no objects.

The servo is the arm's own inner loop: ``force = kp (ctrl - q) - kv v`` within the motor's torque. `servo.py` makes the
``ctrl`` that follows a reference; the numbers here are its stiffness.
"""

import xml.etree.ElementTree as ElementTree
from importlib import resources
from pathlib import Path

import mujoco
import yaml

from vla_sim.errors import SimulationError

JOINTS = tuple(f"panda_joint{index}" for index in range(1, 8))
FINGER_JOINTS = ("panda_finger_joint1", "panda_finger_joint2")
HAND_TENDON = "hand_width"
TOOL_SITE = "tool"  # franka_description's hand_tcp: 103.4 mm in front of the hand's origin, between the tips
TOOL_OFFSET_M = 0.1034

STIFFNESS = (9000.0, 9000.0, 7000.0, 7000.0, 3500.0, 3500.0, 3000.0)  # [Nm/rad], chosen for < 1 mrad at 1 kHz
DAMPING = (360.0, 360.0, 280.0, 260.0, 60.0, 60.0, 50.0)  # [Nm s/rad], near critical with the inertia below
ARMATURE = (0.6, 0.6, 0.5, 0.5, 0.12, 0.12, 0.1)  # rotor inertia through the gears [kg m^2], order of magnitude
TORQUE_MAX = (87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0)  # franka_description joint_limits.yaml [Nm]

FINGER_STIFFNESS = 6000.0  # [N/m]
FINGER_DAMPING = 120.0  # [N s/m]
TIP_FRICTION = (0.85, 0.02, 0.0005)  # rubber on painted wood; from 1 on a pushed ball would jam instead of roll


def description_folder() -> Path:
    """Return the vendored ``panda_description`` folder, in a source tree or installed beside the package.

    Raises:
        SimulationError: It is in neither place.
    """
    package = Path(str(resources.files("vla_sim")))
    places = [package.parent / "description" / "panda_description"]
    places += [parent / "share" / "vla_sim" / "description" / "panda_description" for parent in package.parents]
    for place in places:
        if (place / "visuals.yaml").is_file():
            return place
    raise SimulationError(f"the robot description is in none of {[str(place) for place in places[:4]]}")


def robot_spec() -> mujoco.MjSpec:
    """Return the arm on its base at the origin, servos, hand and visuals included."""
    folder = description_folder()
    spec = mujoco.MjSpec.from_string(_plain_urdf(folder))
    _add_visuals(spec, folder)
    _add_exclusions(spec, folder)
    _add_servos(spec)
    _add_hand(spec)
    return spec


def _plain_urdf(folder: Path) -> str:
    """Return the URDF without visuals and massless inertials, meshes by absolute path, fixed links kept."""
    root = ElementTree.parse(folder / "urdf" / "panda.urdf").getroot()
    for link in root.iter("link"):
        for visual in link.findall("visual"):
            link.remove(visual)
        inertial = link.find("inertial")
        if inertial is not None and float(inertial.find("mass").get("value")) == 0.0:  # type: ignore[union-attr,arg-type]
            link.remove(inertial)
    for mesh in root.iter("mesh"):
        mesh.set("filename", str(folder / mesh.get("filename", "").split("panda_description/")[-1]))
    extension = ElementTree.SubElement(root, "mujoco")
    options = {"fusestatic": "false", "strippath": "false", "balanceinertia": "true", "discardvisual": "false"}
    ElementTree.SubElement(extension, "compiler", options)
    return ElementTree.tostring(root, encoding="unicode")


def _add_visuals(spec: mujoco.MjSpec, folder: Path) -> None:
    for geom in spec.geoms:  # what is there so far is for contact only
        geom.group = 3
        geom.friction = (0.6, 0.01, 0.0005)
    table = yaml.safe_load((folder / "visuals.yaml").read_text(encoding="utf-8"))
    links = {f"link{index}": [f"panda_link{index}"] for index in range(8)}
    links |= {"hand": ["panda_hand"], "finger": ["panda_leftfinger", "panda_rightfinger"]}
    for part, bodies in links.items():
        for entry in table[part]:
            name = f"visual_{Path(entry['file']).stem}"
            spec.add_mesh(name=name, file=str(folder / "meshes" / "visual" / entry["file"]))
            for body in bodies:
                turned = (0.0, 0.0, 0.0, 1.0) if body == "panda_rightfinger" else (1.0, 0.0, 0.0, 0.0)
                spec.body(body).add_geom(
                    type=mujoco.mjtGeom.mjGEOM_MESH,
                    meshname=name,
                    rgba=entry["rgba"],
                    quat=turned,
                    contype=0,
                    conaffinity=0,
                    group=1,
                    mass=0.0,
                )


def _add_exclusions(spec: mujoco.MjSpec, folder: Path) -> None:
    for pair in ElementTree.parse(folder / "srdf" / "panda.srdf").getroot().iter("disable_collisions"):
        spec.add_exclude(bodyname1=pair.get("link1"), bodyname2=pair.get("link2"))


def _add_servos(spec: mujoco.MjSpec) -> None:
    for index, name in enumerate(JOINTS):
        joint = spec.joint(name)
        joint.armature = ARMATURE[index]
        joint.damping = [0.5, 0.0, 0.0]
        actuator = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        _position_servo(actuator, STIFFNESS[index], DAMPING[index], TORQUE_MAX[index])


def _position_servo(actuator: mujoco.MjsActuator, stiffness: float, damping: float, force_max: float) -> None:
    actuator.gaintype = mujoco.mjtGain.mjGAIN_FIXED
    actuator.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    actuator.gainprm[0] = stiffness
    actuator.biasprm[1] = -stiffness
    actuator.biasprm[2] = -damping
    actuator.forcelimited = mujoco.mjtLimited.mjLIMITED_TRUE
    actuator.forcerange = (-force_max, force_max)


def _add_hand(spec: mujoco.MjSpec) -> None:
    tendon = spec.add_tendon(name=HAND_TENDON)
    for name in FINGER_JOINTS:
        tendon.wrap_joint(name, 1.0)
        joint = spec.joint(name)
        joint.armature = 0.4  # the spindle drive seen from the fingers [kg]
        joint.damping = [20.0, 0.0, 0.0]
    actuator = spec.add_actuator(name=HAND_TENDON, target=HAND_TENDON, trntype=mujoco.mjtTrn.mjTRN_TENDON)
    _position_servo(actuator, FINGER_STIFFNESS, FINGER_DAMPING, 70.0)
    spec.add_equality(
        name="fingers_together",
        type=mujoco.mjtEq.mjEQ_JOINT,
        name1=FINGER_JOINTS[0],
        name2=FINGER_JOINTS[1],
        data=[0.0, 1.0, *(0.0,) * 10],
        solref=(0.004, 1.0),
    )
    for finger in ("panda_leftfinger", "panda_rightfinger"):
        tip = max((g for g in spec.body(finger).geoms if g.group == 3), key=lambda geom: geom.pos[2])
        tip.name = f"{finger}_tip"
        tip.friction = TIP_FRICTION
        tip.condim = 4
        tip.priority = 1  # the tip's numbers hold against any object
        tip.solref = (0.004, 1.0)
        tip.solimp = (0.98, 0.998, 0.0005, 0.5, 2.0)  # nearly rigid: 20 N must not sink into a 30 g object
    spec.body("panda_hand").add_site(name=TOOL_SITE, pos=(0.0, 0.0, TOOL_OFFSET_M), size=(0.002,) * 3, group=4)
