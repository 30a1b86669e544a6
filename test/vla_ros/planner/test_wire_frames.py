# SPDX-License-Identifier: Apache-2.0
"""Responses in the shapes that servers document: llama.cpp's and vLLM's streams, usage events, errors inside a 200."""

import pytest

from vla_ros.planner.answers import AnswerError
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


def test_comments_and_keep_alives_of_a_stream_are_skipped():
    assert read_text((b": ping", *VLLM[:2], b": ping", *VLLM[2:])) == '{"a": 1}'


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((b'data: {"error":{"message":"context too long","code":400}}',), "context too long"),
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
