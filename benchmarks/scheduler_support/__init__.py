# SPDX-License-Identifier: Apache-2.0
"""What the scheduler benchmark is made of: a fake policy, the sweep over delays, the table and the plot."""
