# SPDX-License-Identifier: Apache-2.0
"""Compiled arithmetic on plain arrays. No configuration, no classes with behaviour."""
