# SPDX-License-Identifier: Apache-2.0
"""The published numbers and the programs that make them: one module per name, each with ``run(quick)``."""
