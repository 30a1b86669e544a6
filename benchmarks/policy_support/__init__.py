# SPDX-License-Identifier: Apache-2.0
"""What the policy benchmark is made of: the back ends, the dispatcher's jitter, policies of the lerobot package."""
