# SPDX-License-Identifier: Apache-2.0
"""Bags of a synthetic robot for benchmarks and tests of replay and export."""
