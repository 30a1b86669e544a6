# SPDX-License-Identifier: Apache-2.0
"""Ways to carry one request and its reply under a deadline: WebSocket, HTTP, ZeroMQ. They know nothing of policies."""
