# SPDX-License-Identifier: Apache-2.0
"""The type descriptions that message classes show in ``SLOT_TYPES``. There is no IDL parser here."""
