# SPDX-License-Identifier: Apache-2.0
"""The end of a launch: order of signals, and that nothing is left behind however it goes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launch.actions import OpaqueFunction, RegisterEventHandler, Shutdown, TimerAction
from launch.event_handlers import OnProcessIO, OnShutdown

STUBBORN = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; print('ready'); time.sleep(600)"
TIMEOUT_S = 60  # of a loaded machine; the tests wait for a state, not for this time

LAUNCH_WITH_GRANDCHILD = """
import subprocess, sys
from launch import LaunchDescription, LaunchService
from launch.actions import ExecuteProcess
child = '''
import subprocess, sys, time
grandchild = subprocess.Popen(["sleep", "600"], start_new_session=True)
import os
print("pids", os.getpid(), grandchild.pid, flush=True)
time.sleep(600)
'''
service = LaunchService()
service.include_launch_description(
    LaunchDescription([ExecuteProcess(cmd=[sys.executable, "-I", "-S", "-c", child], output="screen")])
)
sys.exit(service.run())
"""


def shut_down_when_ready(action):
    return RegisterEventHandler(OnProcessIO(target_action=action, on_stdout=lambda event: [Shutdown()]))


def test_a_process_is_interrupted_first(launch, python):
    code = (
        "import os, signal, time; signal.signal(2, lambda *_: (os.write(1, b'asked\\n'), os._exit(0)));"
        "print('ready'); time.sleep(600)"
    )
    action = python(code)
    outcome = launch(shut_down_when_ready(action), action)
    assert outcome.has("] asked") and outcome.has("process has finished cleanly")
    assert not outcome.has("SIGTERM")


def test_a_process_that_does_not_listen_is_terminated_then_killed(launch, python):
    action = python(STUBBORN, sigterm_timeout="0.05", sigkill_timeout="0.05")
    outcome = launch(shut_down_when_ready(action), action)
    order = [outcome.position(f"sending signal '{name}'") for name in ("SIGINT", "SIGTERM", "SIGKILL")]
    assert order == sorted(order)
    assert outcome.has("escalating to 'SIGTERM'") and outcome.has("escalating to 'SIGKILL'")
    assert outcome.has("process has died", "exit code -9")


def test_no_process_is_started_once_the_launch_has_ended(launch, python):
    late = python("print('late')")
    handler = OnShutdown(on_shutdown=[TimerAction(period=0.0, actions=[late])])
    assert not launch(RegisterEventHandler(handler), Shutdown()).has("] late")


def test_a_timer_does_not_hold_up_the_end(launch):
    started_s = time.monotonic()
    launch(TimerAction(period=3600.0, actions=[]), Shutdown())
    assert time.monotonic() - started_s < TIMEOUT_S


def test_an_exception_ends_the_launch_and_its_processes(launch, python):
    def fail(context):
        raise ValueError("no such thing")

    action = python("import time; print('ready'); time.sleep(600)")
    handler = OnProcessIO(target_action=action, on_stdout=lambda event: [OpaqueFunction(function=fail)])
    outcome = launch(RegisterEventHandler(handler), action)
    assert outcome.code == 1
    assert outcome.has("[ERROR] [launch]: Caught exception in launch: ValueError: no such thing")
    assert not outcome.has("python_launch_file") and not outcome.has("launch_service.py")


def test_a_handler_that_raises_while_the_launch_ends_leaves_no_process(launch, python):
    def fail(event, context):
        raise ValueError("at the end")

    action = python("import time; print('ready'); time.sleep(600)")
    outcome = launch(action, RegisterEventHandler(OnShutdown(on_shutdown=fail)), shut_down_when_ready(action))
    assert outcome.code == 1
    assert outcome.has("ValueError: at the end") and outcome.has("process has finished cleanly")


@pytest.fixture
def launched():
    """A launch in a process of its own, with a child and a grandchild that has a session of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH_WITH_GRANDCHILD], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stdout:
        if "pids" in line:
            pids = [int(word) for word in line.split()[-2:]]
            break
    yield process, pids
    process.stdout.close()
    for pid in (process.pid, *pids):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline_s, f"still there: {[pid for pid in pids if alive(pid)]}"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_outlives_a_launch_that_gets_a_signal(launched, number):
    process, pids = launched
    assert all(alive(pid) for pid in pids)
    process.send_signal(number)
    process.stdout.read()
    code = process.wait(TIMEOUT_S)
    wait_until_gone(pids)
    assert code == (-9 if number == signal.SIGKILL else 0)
