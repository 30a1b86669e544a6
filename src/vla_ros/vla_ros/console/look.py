# SPDX-License-Identifier: Apache-2.0
"""How the page looks where viser has no option for it. CSS alone: without it everything works, less well placed."""

from __future__ import annotations

__all__ = ["LOOK"]

_MARK = "vla-ros-look"
_CONTENT = ".mantine-ScrollArea-viewport"

# The first rules keep the element behind this one, STOP, in view however far the panel is scrolled: between it and what
# scrolls, nothing may clip by scrolling. The status behind it has room for four lines, so that the buttons below stand
# still. The others make the sheet of a phone as wide as the phone.
LOOK = f"""<div id="{_MARK}"></div><style>
div:has(> #{_MARK}) + div {{
  position: sticky; top: 0; z-index: 50; padding-top: 0.5em; background: var(--mantine-color-body);
}}
div:has(> #{_MARK}) + div + div {{ min-height: 6em; }}
{_CONTENT} div[style*="overflow: hidden"]:has(#{_MARK}) {{ overflow: clip !important; min-width: 0; }}
.mantine-Paper-root[style*="width: 20em"]:has(#{_MARK}), div[style*="width: 20em"]:has(#{_MARK}) {{
  width: 100vw !important;
}}
</style>"""
