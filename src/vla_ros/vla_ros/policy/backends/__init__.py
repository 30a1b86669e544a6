# SPDX-License-Identifier: Apache-2.0
"""Policy backends, one module each with a function ``load``. Imported by the registry, only when asked for."""
