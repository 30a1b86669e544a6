# SPDX-License-Identifier: Apache-2.0
"""The endpoint back end against a pretended server: good, slow, malformed, refusing, streaming, overloaded."""

import base64
import json
import time

import cv2
import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.planner import CheckRequest, PlanRequest, Step
from vla_ros.planner.openai import HttpTransport, OpenAiBackend, OpenAiConfig, Timing
from vla_ros.tasks import ErrorCode, Refusal, Verdict

PLAN = {
    "objects": [{"label": "red cube", "point": [500, 250]}],
    "steps": [{"skill": "place_in_bin", "object": "red cube", "target": "left bin"}],
    "refusal": "",
    "rationale": "one thing to move",
}


@pytest.fixture
def backend(endpoint, library):
    def make(**options):
        waits = []
        timing = Timing(time.monotonic_ns, waits.append)
        config = OpenAiConfig(url=endpoint.url, model="tester", **options)
        made = OpenAiBackend(config, library, HttpTransport(config.url, timing), timing, "secret")
        made.waits = waits
        return made

    return make


def ask(images, instruction="put the red cube in the left bin", seconds=30.0, **more):
    deadline_ns = time.monotonic_ns() + round(seconds * 1e9)
    return PlanRequest(instruction, images, deadline_ns=deadline_ns, **more)


@pytest.mark.parametrize("stream", [True, False])
def test_good_answer_becomes_a_plan_with_pixels(endpoint, backend, images, stream):
    (endpoint.streamed if stream else endpoint.plain)(json.dumps(PLAN))
    draft = backend(stream=stream).plan(ask(images))
    assert [(s.skill, s.object_label, s.target_label) for s in draft.steps] == [("place_in_bin", "red cube", "left")]
    grounding = draft.steps[0].groundings[0]
    assert (grounding.image_key, grounding.point) == ("image.scene", (112.0, 56.0))


def test_request_has_schema_image_key_and_history(endpoint, backend, images):
    endpoint.streamed(json.dumps(PLAN))
    backend().plan(ask(images, history=("put it: failed: slipped",), feedback=("human: careful",), reason="failure"))
    headers, body = endpoint.requests[0]
    assert headers["Authorization"] == "Bearer secret"
    assert body["response_format"]["json_schema"]["schema"]["properties"]["steps"]["items"]["properties"]["skill"][
        "enum"
    ]
    image, text = body["messages"][1]["content"]
    kind, _, data = image["image_url"]["url"].partition(",")
    assert kind == "data:image/jpeg;base64"
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == (224, 224, 3)
    for expected in ("slipped", "careful", "failure"):
        assert expected in text["text"]


def test_prefix_of_equal_requests_is_equal_byte_for_byte(endpoint, backend, images):
    made = backend()
    for _ in range(2):
        endpoint.streamed(json.dumps(PLAN))
        made.plan(ask(images))
    assert endpoint.requests[0][1]["messages"] == endpoint.requests[1][1]["messages"]


def test_fenced_answer_with_chatter_is_read(endpoint, backend, images):
    endpoint.plain(f"Sure! Here it is:\n```json\n{json.dumps(PLAN)}\n```\nGood luck.")
    assert backend(stream=False).plan(ask(images)).steps


@pytest.mark.parametrize(
    "bad",
    [
        "I would rather not say",
        '{"steps": [{"skill": "fly", "object": "red cube", "target": ""}]}',
        '{"steps": [{"skill": "pick", "object": "pink elephant", "target": ""}]}',
        '{"steps": []}',
        '{"steps": "all of them"}',
    ],
)
def test_unusable_answer_is_repaired_once(endpoint, backend, images, bad):
    endpoint.plain(bad)
    endpoint.plain(json.dumps(PLAN))
    assert backend(stream=False).plan(ask(images)).steps[0].skill == "place_in_bin"
    repair = endpoint.requests[1][1]["messages"]
    assert repair[-2] == {"role": "assistant", "content": bad}
    assert "cannot be used" in repair[-1]["content"]


def test_answer_that_stays_unusable_is_refused_with_the_reason(endpoint, backend, images):
    for _ in range(2):
        endpoint.plain('{"steps": [{"skill": "fly", "object": "", "target": ""}]}')
    with pytest.raises(Refusal, match="unknown skill 'fly'") as caught:
        backend(stream=False).plan(ask(images))
    assert caught.value.code is ErrorCode.PLANNER_UNAVAILABLE
    assert len(endpoint.requests) == 2


def test_refusal_of_the_model_is_passed_on_as_not_understood(endpoint, backend, images):
    endpoint.plain(json.dumps({**PLAN, "steps": [], "refusal": "There is no red cube."}))
    with pytest.raises(Refusal, match="no red cube") as caught:
        backend(stream=False).plan(ask(images))
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD


def test_refusal_in_the_message_is_no_plan(endpoint, backend, images):
    for _ in range(2):
        endpoint.plain(None, refusal="I cannot help with that.")
    with pytest.raises(Refusal, match="refused"):
        backend(stream=False).plan(ask(images))


def test_overloaded_endpoint_is_tried_again_with_longer_waits(endpoint, backend, images):
    endpoint.raw(503, "busy")
    endpoint.raw(429, "slow down")
    endpoint.streamed(json.dumps(PLAN))
    made = backend()
    assert made.plan(ask(images)).steps
    assert made.waits == [0.2, 0.4]


def test_wrong_key_is_not_tried_again(endpoint, backend, images):
    endpoint.raw(401, "who are you?")
    with pytest.raises(Refusal, match="401"):
        backend().plan(ask(images))
    assert len(endpoint.requests) == 1


def test_stream_that_never_ends_stops_at_the_deadline(endpoint, backend, images):
    endpoint.streamed('{"steps": ', ends=False)
    with pytest.raises(Refusal) as caught:
        backend(retries=0).plan(ask(images, seconds=1.0))
    assert caught.value.code is ErrorCode.PLANNER_UNAVAILABLE


def test_endpoint_that_is_not_there_is_refused(library, images):
    timing = Timing(time.monotonic_ns, lambda seconds: None)
    config = OpenAiConfig(url="http://127.0.0.1:9/v1/chat/completions", model="none", retries=1)
    backend = OpenAiBackend(config, library, HttpTransport(config.url, timing), timing)
    with pytest.raises(Refusal, match="cannot be reached"):
        backend.plan(ask(images))


def test_answer_cut_off_at_its_longest_length_is_not_used(endpoint, backend, images):
    cut = {"choices": [{"message": {"content": json.dumps(PLAN)}, "finish_reason": "length"}]}
    for _ in range(2):
        endpoint.raw(200, json.dumps(cut))
    with pytest.raises(Refusal, match="cut off"):
        backend(stream=False).plan(ask(images))


def test_verdict_is_read_with_its_confidence(endpoint, backend, images, library):
    endpoint.streamed(json.dumps({"verdict": "done", "confidence": 0.9, "reason": "it lies in the bin"}))
    result = backend().check(CheckRequest(library.subtask(Step("pick", "red cube"), 0), images))
    assert (result.verdict, result.confidence, result.reason) == (Verdict.DONE, 0.9, "it lies in the bin")


@pytest.mark.parametrize("confidence", [2, -0.1, "high", True])
def test_verdict_with_an_impossible_confidence_is_refused(endpoint, backend, images, library, confidence):
    for _ in range(2):
        endpoint.plain(json.dumps({"verdict": "done", "confidence": confidence, "reason": ""}))
    with pytest.raises(Refusal, match="confidence"):
        backend(stream=False).check(CheckRequest(library.subtask(Step("pick", "red cube"), 0), images))


def test_options_that_make_no_sense_are_refused_at_configure():
    with pytest.raises(ConfigError, match="coordinates must be one of"):
        OpenAiConfig(url="http://x", model="y", coordinates="furlongs")
    with pytest.raises(ConfigError, match="must begin with http"):
        HttpTransport("localhost:8000", Timing(time.monotonic_ns, lambda seconds: None))
