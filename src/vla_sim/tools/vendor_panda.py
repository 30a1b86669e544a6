#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make `description/panda_description` from the example-robot-data wheel: run once, by hand, when the source changes.

Copies the URDFs, the SRDF, the licence and the collision hulls as they are, and writes every visual mesh split by
material, decimated and as binary STL, with the colours in `visuals.yaml`. The simulation itself needs none of this
tool's imports.

    pip install example-robot-data==6.0.0 trimesh pycollada fast-simplification pyyaml
    python vendor_panda.py [--keep 0.12]
"""

import argparse
import shutil
import sysconfig
from pathlib import Path

import fast_simplification
import numpy as np
import trimesh
import yaml

SOURCE = Path(sysconfig.get_paths()["purelib"]) / "cmeel.prefix/share/example-robot-data/robots/panda_description"
TARGET = Path(__file__).resolve().parents[1] / "description" / "panda_description"
COPIED = ("LICENSE", "README.md", "urdf", "srdf", "meshes/collision")
MIN_FACES = 240  # smaller parts are fingers, buttons and logos whose outline decimation would eat


def parts_by_colour(path: Path) -> dict[tuple[float, ...], trimesh.Trimesh]:
    """Return the meshes of one COLLADA file merged by diffuse colour (RGBA in 0..1), in the link's frame [m]."""
    scene = trimesh.load(path, force="scene")
    groups: dict[tuple[float, ...], list[trimesh.Trimesh]] = {}
    for mesh in scene.dump(concatenate=False):
        colour = tuple(round(float(channel) / 255.0, 3) for channel in np.asarray(mesh.visual.material.main_color))
        groups.setdefault(colour, []).append(trimesh.Trimesh(mesh.vertices, mesh.faces, process=True))
    return {colour: trimesh.util.concatenate(meshes) for colour, meshes in groups.items()}


def decimated(mesh: trimesh.Trimesh, keep: float) -> trimesh.Trimesh:
    """Return ``mesh`` with about ``keep`` of its faces (quadric edge collapse), never under `MIN_FACES`."""
    faces = max(MIN_FACES, round(len(mesh.faces) * keep))
    if len(mesh.faces) <= faces:
        return mesh
    vertices, triangles = fast_simplification.simplify(mesh.vertices, mesh.faces, target_count=faces, agg=4)
    return trimesh.Trimesh(vertices, triangles, process=True)


def write_visuals(keep: float) -> dict[str, list[dict[str, object]]]:
    """Write the visual meshes and return their table, ``{link: [{file, rgba}]}``."""
    folder = TARGET / "meshes" / "visual"
    folder.mkdir(parents=True, exist_ok=True)
    table: dict[str, list[dict[str, object]]] = {}
    for source in sorted((SOURCE / "meshes" / "visual").glob("*.dae")):
        for index, (colour, mesh) in enumerate(sorted(parts_by_colour(source).items())):
            name = f"{source.stem}_{index}.stl"
            small = decimated(mesh, keep)
            small.export(folder / name)
            table.setdefault(source.stem, []).append({"file": name, "rgba": list(colour)})
            print(f"{name}: {len(mesh.faces)} -> {len(small.faces)} faces")  # noqa: T201
    return table


def main() -> None:
    """Rebuild the vendored folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=float, default=0.12, help="share of faces kept")
    arguments = parser.parse_args()
    shutil.rmtree(TARGET, ignore_errors=True)
    for name in COPIED:
        copy = shutil.copytree if (SOURCE / name).is_dir() else shutil.copy
        (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
        copy(SOURCE / name, TARGET / name)
    table = write_visuals(arguments.keep)
    (TARGET / "visuals.yaml").write_text(yaml.safe_dump(table, default_flow_style=None, sort_keys=True))


if __name__ == "__main__":
    main()
