# SPDX-License-Identifier: Apache-2.0
"""Compiled arithmetic on plain arrays. No configuration, no classes with behaviour."""

from vla_safety.kernels.cache import keep_compiled_code

keep_compiled_code()  # before any kernel is defined
