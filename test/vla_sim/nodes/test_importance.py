# SPDX-License-Identifier: Apache-2.0
"""A niceness is counted from the one that the process was started with, once."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
started = os.nice(3)
from vla_sim.nodes.importance import make_important
for _ in range(2):
    assert not make_important(int(sys.argv[1]))
print(*{os.getpriority(os.PRIO_PROCESS, int(thread)) - started for thread in os.listdir("/proc/self/task")})
"""


@pytest.mark.parametrize(("niceness", "difference"), [(4, "4"), (0, "0")])
def test_niceness_is_added_to_that_of_the_start(niceness, difference):
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(niceness)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [difference]
