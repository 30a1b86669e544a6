# SPDX-License-Identifier: Apache-2.0
"""What the benchmark of policy clients talks to. Nothing is measured here."""
