# SPDX-License-Identifier: Apache-2.0
"""Constants of time."""

S_TO_NS = 1000 * 1000 * 1000
