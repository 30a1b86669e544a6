# SPDX-License-Identifier: Apache-2.0
"""Rows of the failure table that need a planner which sees, or dies: a pretended endpoint in the launched graph."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from vla_msgs.msg import ErrorCode, TaskState

from benchmarks.end_to_end_support.graph import Launch

CONFIG = Path(__file__).parents[2] / "config"
SENTENCE = "put the red cube in the left bin"
PLAN = {"steps": [{"skill": "place_in_bin", "object": "red cube", "target": "left"}], "refusal": "", "objects": []}
ENDED = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Eyes:
    """An OpenAI-compatible endpoint: which questions it answers, and how often it sees the wrong object."""

    def __init__(self):
        self.plans = self.judges = True
        self.failures = 0
        self._over = threading.Event()
        eyes = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                eyes.answer(self, body["response_format"]["json_schema"]["name"])

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/chat/completions"

    def close(self):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler, kind):
        if not (self.plans if kind == "plan" else self.judges):
            self._over.wait(60.0)  # as a server that hangs
            return
        answer = {**PLAN, "rationale": ""} if kind == "plan" else self._verdict()
        choice = {"message": {"role": "assistant", "content": json.dumps(answer)}, "finish_reason": "stop"}
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(json.dumps({"choices": [choice]}).encode())

    def _verdict(self):
        if self.failures > 0:
            self.failures -= 1
            return {"verdict": "failed", "confidence": 0.95, "reason": "the hand is at the blue cube"}
        return {"verdict": "unsure", "confidence": 0.5, "reason": "the hand hides it"}


@pytest.fixture(scope="module")
def eyes():
    made = Eyes()
    yield made
    made.close()


@pytest.fixture(scope="module")
def launched(observer, tmp_path_factory, eyes):
    """Start the graph with that endpoint as planner, and with budgets that a test can wait for."""
    folder = tmp_path_factory.mktemp("graph")
    planner = {
        "backend": "openai",
        "skills": str(CONFIG / "planners" / "skills.yaml"),
        "url": eyes.url,
        "model": "eyes",
    }
    (folder / "eyes.yaml").write_text(yaml.safe_dump(planner))
    tree = yaml.safe_load((CONFIG / "trees" / "default.yaml").read_text(encoding="utf-8"))
    (folder / "quick.yaml").write_text(yaml.safe_dump({**tree, "budgets": {"plan_s": 3.0, "answer_s": 3.0}}))
    launch = Launch(
        "policy:=scripted",
        "console:=false",
        f"planner:={folder / 'eyes.yaml'}",
        f"tree:={folder / 'quick.yaml'}",
        folder=folder,
    )
    yield launch
    launch.close()
    observer.ready = False


def test_wrong_object_that_the_planner_sees_leads_to_another_attempt(robot, eyes):
    eyes.failures = 2  # twice in a row: once is no evidence
    robot.instruct(SENTENCE)
    robot.wait_for(lambda: any(state.state == TaskState.RECOVERING for state in robot.states), "a recovery", 60.0)
    robot.wait_for(lambda: robot.state() in ENDED, "the end", 150.0)
    assert robot.state() == TaskState.SUCCEEDED, robot.states[-1].error.message
    assert any(state.attempt == 2 for state in robot.states)
    assert robot.is_inside("red cube", "left bin")


def test_planner_that_dies_during_a_skill_leaves_the_verdict_to_the_fingers(robot, eyes):
    robot.instruct(SENTENCE)
    robot.wait_for(robot.moves, "motion")
    eyes.judges = False
    try:
        robot.wait_for(lambda: robot.state() in ENDED, "the end", 150.0)
    finally:
        eyes.judges = True
    assert robot.state() == TaskState.SUCCEEDED, robot.states[-1].error.message
    assert robot.is_inside("red cube", "left bin")


def test_dead_planner_and_a_person_who_does_not_answer_end_with_its_code_and_no_motion(robot, eyes):
    eyes.plans = False
    moved = []
    try:
        robot.instruct(SENTENCE)
        robot.wait_for(lambda: moved.append(robot.moves()) or robot.state() in ENDED, "the end", 150.0)
    finally:
        eyes.plans = True
    assert robot.state() == TaskState.FAILED
    assert robot.states[-1].error.code == ErrorCode.PLANNER_UNAVAILABLE
    assert "nobody answered" in robot.states[-1].error.message
    assert not any(moved)
