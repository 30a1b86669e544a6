# SPDX-License-Identifier: Apache-2.0
"""What the benchmark of stop words watches."""
