# SPDX-License-Identifier: Apache-2.0
"""Planner over a vision-language model in a local folder of Hugging Face format, loaded by transformers."""

from vla_ros.planner.local.backend import LocalBackend, LocalConfig

__all__ = ["LocalBackend", "LocalConfig"]
