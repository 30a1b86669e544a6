# SPDX-License-Identifier: Apache-2.0
"""Pieces of an HTML page that needs no other file and no network: page, table, number, picture. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["number", "page", "picture", "table"]

STYLE = """
body{font:14px/1.45 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#1b1b1b;background:#fff}
h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #ddd}h3{font-size:1em}
table{border-collapse:collapse;margin:.6em 0}td,th{padding:.2em .7em;border-bottom:1px solid #eee;text-align:right}
td:first-child,th:first-child{text-align:left}.bad{color:#b3261e;font-weight:600}.good{color:#1b7a3d;font-weight:600}
.film{display:flex;gap:3px;overflow-x:auto}.film img{height:90px}svg{max-width:100%;height:auto}
"""


def page(title: str, body: Iterable[str]) -> str:
    """Return a page of ``body``, which is HTML."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of plain texts."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def number(value: float | None) -> str:
    """Return a number with four digits, a dash for None."""
    return "–" if value is None else f"{value:.4g}"


def picture(jpeg: bytes, text: str) -> str:
    """Return a picture; ``text`` says what is in it."""
    data = base64.b64encode(jpeg).decode()
    return f'<img alt="{escape(text)}" title="{escape(text)}" src="data:image/jpeg;base64,{data}">'
