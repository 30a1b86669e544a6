# SPDX-License-Identifier: Apache-2.0
"""Wire formats of policy servers: bytes to values and back. Pure functions; the peer is never trusted."""
