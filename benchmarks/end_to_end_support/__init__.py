# SPDX-License-Identifier: Apache-2.0
"""The launched graph, seen from outside: shared by the benchmark ``end_to_end`` and the end-to-end tests."""
