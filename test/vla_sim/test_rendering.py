# SPDX-License-Identifier: Apache-2.0
"""Rendering takes the first back end that works, and shows the same by each; each case in a process of its own."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys, zlib
from vla_sim import Simulation, SimulationConfig, SimulationError
simulation = Simulation(SimulationConfig(image_height=48, image_width=64), 3)
try:
    pictures = [simulation.render(camera) for camera in ("scene", "wrist")]
except SimulationError as error:
    sys.exit(str(error))
print(simulation._renderer.backend, *(picture.std().round(3) for picture in pictures))
if "close" in sys.argv:
    simulation.close()
"""
NO_EGL = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"}  # libEGL is there and finds no driver
OWN = ("MUJOCO_GL", "PYOPENGL_PLATFORM")


def rendered(*words: str, **environment: str) -> tuple[int, str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in OWN}
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], env=clean | environment, capture_output=True, text=True, check=False
    )
    return answer.returncode, answer.stdout.strip(), answer.stderr.strip()


@pytest.fixture(scope="module")
def by_osmesa() -> str:
    code, said, complaint = rendered("close", MUJOCO_GL="osmesa")
    if code:
        pytest.skip(complaint)
    return said


def test_choice_of_the_user_is_taken(by_osmesa: str) -> None:
    assert by_osmesa.startswith("osmesa ")


def test_osmesa_takes_over_where_egl_finds_no_driver(by_osmesa: str) -> None:
    assert rendered(**NO_EGL) == (0, by_osmesa, "")


def test_both_back_ends_show_the_same(by_osmesa: str) -> None:
    code, said, complaint = rendered(MUJOCO_GL="egl")
    if code:
        pytest.skip(complaint)
    assert said.split()[1:] == by_osmesa.split()[1:]


def test_without_a_back_end_one_sentence_names_what_to_install() -> None:
    code, _, complaint = rendered(MUJOCO_GL="egl", **NO_EGL)
    assert code == 1
    assert complaint.startswith("no off-screen rendering (egl: ")
    assert complaint.endswith("install libegl1 libegl-mesa0 libgl1-mesa-dri or libosmesa6")
    assert "\n" not in complaint
