# SPDX-License-Identifier: Apache-2.0
"""Responses in the shapes that servers document: llama.cpp's and vLLM's streams, usage events, errors inside a 200."""

import json
import time

import pytest

from vla_ros.planner import PlanRequest
from vla_ros.planner.answers import AnswerError
from vla_ros.planner.openai import HttpTransport, OpenAiBackend, OpenAiConfig, Timing
from vla_ros.planner.openai.wire import read_text

# Event shapes as documented by llama-server (role first, null content, timings last) and vLLM (usage in a last event).
LLAMA = (
    b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],'
    b'"created":1,"id":"chatcmpl-1","model":"m","object":"chat.completion.chunk"}',
    b"",
    b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"{\\"a\\":"}}],"object":"chunk"}',
    b"",
    b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" 1}"}}],"object":"chat.completion.chunk"}',
    b"",
    b'data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"timings":{"predicted_ms":12.5}}',
    b"",
    b"data: [DONE]",
)
VLLM = (
    b'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},'
    b'"logprobs":null,"finish_reason":null}]}',
    b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"{\\"a\\": 1}"},"logprobs":null,"finish_reason":null}]}',
    b'data: {"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","stop_reason":null}]}',
    b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}',
    b"data: [DONE]",
)


@pytest.mark.parametrize("frames", [LLAMA, VLLM])
def test_documented_streams_are_put_together(frames):
    assert read_text(frames) == '{"a": 1}'


def framed(content, opening, last):
    """Return the body of a stream: an opening event, ``content`` in pieces, and what a server ends with."""
    pieces = [content[start : start + 5] for start in range(0, len(content), 5)]
    events = [
        json.dumps({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}) for piece in pieces
    ]
    return "".join(f"data: {event}\n\n" for event in (opening, *events, *last))


PLAN = json.dumps({"steps": [{"skill": "pick", "object": "red cube", "target": ""}], "refusal": "", "objects": []})
STOP = '{"choices":[{"finish_reason":"stop","index":0,"delta":{}}]%s}'
SERVERS = {
    "llama-server": framed(
        PLAN,
        '{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"model":"m",'
        '"system_fingerprint":"b6000-0","object":"chat.completion.chunk"}',
        (STOP % ',"timings":{"prompt_n":9,"predicted_ms":12.5}', "[DONE]"),
    ).rstrip("\n"),  # its last event has no line behind it
    "vLLM": framed(
        PLAN,
        '{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant",'
        '"content":"","reasoning_content":null},"logprobs":null,"finish_reason":null}]}',
        (STOP % "", '{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}', "[DONE]"),
    ),
    "with keep-alives": ": ping\n\ndata:\n\n" + framed(PLAN, STOP.replace('"stop"', "null") % "", ("[DONE]",)),
}


@pytest.mark.parametrize("server", SERVERS)
def test_stream_of_a_server_becomes_a_plan_over_http(endpoint, library, images, server):
    endpoint.raw(200, SERVERS[server])
    timing = Timing(time.monotonic_ns, lambda seconds: None)
    config = OpenAiConfig(url=endpoint.url, model="m")
    made = OpenAiBackend(config, library, HttpTransport(config.url, timing), timing)
    draft = made.plan(PlanRequest("pick up the red cube", images, deadline_ns=time.monotonic_ns() + 60 * 10**9))
    assert [(step.skill, step.object_label) for step in draft.steps] == [("pick", "red cube")]
    assert len(endpoint.requests) == 1, "no repair was needed"


def test_comments_and_keep_alives_of_a_stream_are_skipped():
    assert read_text((b": ping", *VLLM[:2], b": ping", *VLLM[2:])) == '{"a": 1}'


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((b'data: {"error":{"message":"context too long","code":400}}',), "context too long"),
        ((b'error: {"code":400,"message":"the context is too long"}', b"", b"data: [DONE]"), "the context is too long"),
        ((b'{"error":"model not found"}',), "model not found"),
        ((b'{"object":"list"}',), "no chat completion"),
        ((b"<html>bad gateway</html>",), "no JSON"),
        ((b"",), "no JSON"),
        ((b"data: {broken",), "no JSON"),
        ((b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]}',), "cut off"),
    ],
)
def test_what_is_no_answer_is_named(lines, reason):
    with pytest.raises(AnswerError, match=reason):
        read_text(lines)
