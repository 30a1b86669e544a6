# SPDX-License-Identifier: Apache-2.0
"""The real LeRobot, in its own environment and without network: equal actions directly, by worker and by bridge.

The variable VLA_LEROBOT_PYTHON names its interpreter; ``./run --extra lerobot`` makes that environment and sets it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PYTHON = os.environ.get("VLA_LEROBOT_PYTHON", "")
ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("lerobot_support") / "equality.py"
LONGEST_S = 1800  # to start three programs that import torch on a loaded machine
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="VLA_LEROBOT_PYTHON does not name an interpreter with LeRobot"),
    pytest.mark.timeout(LONGEST_S),
]
CLOSENESS = 1e-5


def isolated(command):
    """Return the command in a network name space with nothing but a loopback, where the system allows it."""
    probe = ["unshare", "-rn", "ip", "link", "set", "lo", "up"]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True, check=False).returncode:
        return command, False
    return ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command], True


def compared(folder, *words):
    """Return what the script in LeRobot's environment says."""
    command, without_network = isolated([PYTHON, str(SCRIPT), str(folder), *words])
    environment = {
        **os.environ, "PYTHONPATH": f"{ROOT / 'src' / 'vla_ros'}", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder / "empty"), "TORCH_HOME": str(folder / "empty"),
    }  # fmt: skip
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert not (without_network and answer["network"])
    return answer["results"]


@pytest.mark.parametrize(("kind", "rows"), [("act", 6), ("diffusion", 6), ("vqbet", 4), ("smolvla", 6)])
def test_worker_gives_the_actions_of_direct_use(tmp_path, kind, rows):
    found = compared(tmp_path, "worker", kind)[kind]
    assert found["shape"] == [rows, 7]
    assert found["difference"] < CLOSENESS


def test_bridge_gives_the_actions_of_direct_use_through_lerobots_own_server(tmp_path):
    found = compared(tmp_path, "bridge", "act")["act"]
    assert found["shape"] == [6, 7]
    assert found["difference"] < CLOSENESS


def test_weights_that_are_missing_or_too_many_are_refused(tmp_path):
    for name, found in compared(tmp_path, "loaders", "act", "diffusion").items():
        assert found["code"] == 2
        assert name.split()[1] in found["sentence"]
