# SPDX-License-Identifier: Apache-2.0
"""Planner over any endpoint that speaks OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama, hosted ones."""

from vla_ros.planner.openai.backend import OpenAiBackend, OpenAiConfig
from vla_ros.planner.openai.transport import HttpTransport, Timing, Transport, TransportError

__all__ = ["HttpTransport", "OpenAiBackend", "OpenAiConfig", "Timing", "Transport", "TransportError"]
