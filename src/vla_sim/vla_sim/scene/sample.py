# SPDX-License-Identifier: Apache-2.0
"""Draws a `SceneLayout` from a `SceneConfig` and a random generator. The same generator state gives the same layout."""

import colorsys
from dataclasses import replace

import mujoco
import numpy as np

from vla_sim.errors import SceneError
from vla_sim.scene.config import CameraConfig, ObjectsConfig, SceneConfig
from vla_sim.scene.layout import CameraLayout, Float64, LookLayout, ObjectLayout, SceneLayout, ZoneLayout
from vla_sim.scene.palette import COLOURS, HALF_SIZES, HUES, SATURATION, VALUE, Shape

PLACEMENT_TABLES = 40  # tables begun anew before a request counts as one that cannot fit
PLACEMENT_DARTS = 64
DISTRACTOR_RGBA = ((0.12, 0.12, 0.12, 1.0), (0.45, 0.33, 0.24, 1.0), (0.75, 0.73, 0.7, 1.0))
RGBA = tuple[float, float, float, float]


def sample_layout(config: SceneConfig, rng: np.random.Generator) -> SceneLayout:
    """Return one scene.

    Raises:
        SceneError: The objects and zones asked for do not fit on the table.
    """
    zone_count = int(rng.integers(config.targets.zones[0], config.targets.zones[1] + 1))
    things = _things(config.objects, rng)
    zone_halves = rng.uniform(*config.targets.zone_half_size_m, size=zone_count)
    reserved = [item.position_m for item in config.objects.fixed]
    radii = [thing.radius_m for thing in things] + [float(half) * 1.2 for half in zone_halves]
    places = _places(radii, reserved, config.objects, rng)
    objects = tuple(_placed(thing, place) for thing, place in zip(things, places, strict=False))
    used = {thing.colour for thing in things} if config.objects.distinct_colours else set()
    zones = _zones(zone_halves, places[len(things) :], used, config, rng)
    noise = config.arm.home_noise_rad
    home = np.asarray(config.arm.home_rad) + rng.uniform(-noise, noise, size=7)
    return SceneLayout(
        home_rad=tuple(home.tolist()),
        objects=objects,
        zones=zones,
        bins_m=_bins(config, rng),
        cameras=_cameras(config, rng),
        look=_look(config, rng),
    )


def shade_of(colour: str, jitter: float, rng: np.random.Generator) -> RGBA:
    """Return a shade of ``colour``: ``jitter`` 0 gives the pure one, 1 the widest in which the name stays true."""
    hue = HUES[colour] + jitter * rng.uniform(-0.018, 0.018)
    saturation = SATURATION.get(colour, 0.92) * (1.0 - jitter * rng.uniform(0.0, 0.2))
    value = VALUE[colour] * (1.0 + jitter * rng.uniform(-0.15, 0.08))
    return (*colorsys.hsv_to_rgb(hue % 1.0, min(saturation, 1.0), min(value, 1.0)), 1.0)


def _things(config: ObjectsConfig, rng: np.random.Generator) -> list[ObjectLayout]:
    """Draw what there is, not yet where (fixed objects keep their place)."""
    things = []
    for item in config.fixed:
        thing = _thing(Shape(item.shape), item.colour, item.scale, config, rng)
        position = (*item.position_m, thing.half_size_m[2])
        things.append(replace(thing, position_m=position, yaw_rad=item.yaw_rad))
    missing = int(rng.integers(config.count[0], config.count[1] + 1)) - len(things)
    for colour, shape in _kinds(config, max(0, missing), {thing.name for thing in things}, rng):
        things.append(_thing(shape, colour, float(rng.uniform(*config.scale)), config, rng))
    for _ in range(int(rng.integers(config.distractors[0], config.distractors[1] + 1))):
        things.append(_distractor(config, rng))
    return things


def _kinds(config: ObjectsConfig, count: int, taken: set[str], rng: np.random.Generator) -> list[tuple[str, Shape]]:
    """Draw distinct (colour, shape) pairs, so that a name means one object."""
    pairs = [(c, Shape(s)) for c in config.colours for s in config.shapes if f"{c} {s}" not in taken]
    if count > len(pairs):
        raise SceneError(f"{count} objects asked for, but colours and shapes name only {len(pairs)}")
    if config.distinct_colours:
        return _kinds_of_distinct_colours(config, count, taken, rng)
    return [pairs[index] for index in rng.choice(len(pairs), size=count, replace=False)]


def _kinds_of_distinct_colours(
    config: ObjectsConfig, count: int, taken: set[str], rng: np.random.Generator
) -> list[tuple[str, Shape]]:
    free = [colour for colour in config.colours if not any(name.startswith(f"{colour} ") for name in taken)]
    if count > len(free):
        raise SceneError(f"{count} objects of distinct colours asked for, but only {len(free)} colours are left")
    colours = rng.choice(len(free), size=count, replace=False)
    return [(free[int(index)], Shape(config.shapes[int(rng.integers(len(config.shapes)))])) for index in colours]


def _thing(shape: Shape, colour: str, scale: float, config: ObjectsConfig, rng: np.random.Generator) -> ObjectLayout:
    half = tuple(extent * scale for extent in HALF_SIZES[shape])
    volume = 8.0 * half[0] * half[1] * half[2] * (0.6 if shape in (Shape.BALL, Shape.CYLINDER) else 1.0)
    return ObjectLayout(
        shape=shape,
        colour=colour,
        rgba=shade_of(colour, config.shade, rng),
        half_size_m=half,  # type: ignore[arg-type]
        position_m=(0.0, 0.0, half[2]),
        yaw_rad=float(rng.uniform(-np.pi, np.pi)),
        friction=float(rng.uniform(*config.friction)),
        mass_kg=volume * float(rng.uniform(*config.density_kg_m3)),
    )


def _distractor(config: ObjectsConfig, rng: np.random.Generator) -> ObjectLayout:
    thing = _thing(Shape.CYLINDER, "red", float(rng.uniform(0.7, 1.0)), config, rng)
    rgba = DISTRACTOR_RGBA[int(rng.integers(len(DISTRACTOR_RGBA)))]
    return replace(thing, colour="grey", rgba=rgba, distractor=True)


def _places(
    radii: list[float], reserved: list[tuple[float, float]], config: ObjectsConfig, rng: np.random.Generator
) -> Float64:
    """Return ``(len(radii), 2)`` places that keep the clearance; the first are ``reserved``."""
    for attempt in range(PLACEMENT_TABLES):
        clearance_m = config.clearance_m * (1.0 - 0.8 * attempt / PLACEMENT_TABLES)  # crowded tables end at a fifth
        places = list(map(np.asarray, reserved))
        for radius in radii[len(reserved) :]:
            distances = np.asarray(radii[: len(places)]) + radius + clearance_m
            place = _free_place(np.asarray(places).reshape(-1, 2), distances, config, rng)
            if place is None:
                break
            places.append(place)
        if len(places) == len(radii):
            return np.asarray(places).reshape(-1, 2)
    raise SceneError(f"{len(radii)} objects and zones do not fit on the table with {config.clearance_m} m between them")


def _free_place(places: Float64, distances: Float64, config: ObjectsConfig, rng: np.random.Generator) -> Float64 | None:
    """Return one place at least ``distances`` from all ``places``, or None when 64 darts miss."""
    low, high = (config.x_m[0], config.y_m[0]), (config.x_m[1], config.y_m[1])
    darts = rng.uniform(low, high, size=(PLACEMENT_DARTS, 2))
    free = np.all(np.linalg.norm(darts[:, None] - places[None], axis=-1) >= distances, axis=1)
    return darts[int(np.argmax(free))] if free.any() else None


def _placed(thing: ObjectLayout, place: Float64) -> ObjectLayout:
    return replace(thing, position_m=(float(place[0]), float(place[1]), thing.half_size_m[2]))


def _zones(
    halves: Float64, places: Float64, used: set[str], config: SceneConfig, rng: np.random.Generator
) -> tuple[ZoneLayout, ...]:
    count = len(COLOURS) if used else len(halves)
    order = [COLOURS[int(index)] for index in rng.choice(len(COLOURS), size=count, replace=False)]
    order.sort(key=lambda colour: colour in used)  # stable: colours that nothing has come first
    zones = []
    for half, place, colour in zip(halves, places, order, strict=False):
        rgba = shade_of(colour, config.objects.shade, rng)
        zones.append(ZoneLayout(colour, rgba, float(half), (float(place[0]), float(place[1]))))
    return tuple(zones)


def _bins(config: SceneConfig, rng: np.random.Generator) -> tuple[tuple[str, tuple[float, float]], ...]:
    if not config.targets.bins_present:
        return ()
    noise = config.targets.bin_noise_m
    sides = (("left", config.targets.bin_left_m), ("right", config.targets.bin_right_m))
    return tuple((side, tuple((np.asarray(at) + rng.uniform(-noise, noise, 2)).tolist())) for side, at in sides)


def _cameras(config: SceneConfig, rng: np.random.Generator) -> tuple[tuple[str, CameraLayout], ...]:
    cameras = config.cameras
    pairs = (("scene", cameras.scene, (0.0, 0.0, 1.0)), ("wrist", cameras.wrist, (1.0, 0.0, 0.0)))
    return tuple(
        (name, _camera(camera, np.asarray(up), cameras.noise_m, cameras.noise_rad, rng)) for name, camera, up in pairs
    )


def _camera(
    camera: CameraConfig, up: Float64, noise_m: float, noise_rad: float, rng: np.random.Generator
) -> CameraLayout:
    position = np.asarray(camera.position_m)
    backward = position - np.asarray(camera.target_m)
    backward /= np.linalg.norm(backward)
    right = np.cross(up, backward)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(backward, right), backward], axis=1)
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, rotation.ravel())
    mujoco.mju_quatIntegrate(quaternion, rng.normal(0.0, noise_rad, 3), 1.0)
    placed = position + rng.normal(0.0, noise_m, 3)
    return CameraLayout(tuple(placed.tolist()), tuple(quaternion.tolist()), camera.fovy_deg)


def _look(config: SceneConfig, rng: np.random.Generator) -> LookLayout:
    look = config.look
    offset = rng.uniform(-look.light_noise_m, look.light_noise_m, 3)
    rgb = colorsys.hsv_to_rgb(
        float(rng.uniform()), look.table_tint * float(rng.uniform(0.0, 0.5)), float(rng.uniform(*look.table_value))
    )
    texture = look.table_textures[int(rng.integers(len(look.table_textures)))]
    return LookLayout(float(rng.uniform(*look.brightness)), tuple(offset.tolist()), texture, (*rgb, 1.0))
