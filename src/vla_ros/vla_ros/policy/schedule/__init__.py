# SPDX-License-Identifier: Apache-2.0
"""Chunk scheduling: one absolute-time buffer and interchangeable strategies over it. Pure."""
