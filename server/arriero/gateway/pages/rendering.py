"""From values to HTML. Every value is escaped, unless the templates here made it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from arriero.gateway.pages.charts import number

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Block:
    """A part of a page that is replaced as a whole when it changes; `id` is that of its element."""

    id: str
    html: str

    @property
    def stamp(self) -> str:
        """What differs when the part does."""
        return hashlib.sha256(self.html.encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True)
class Shown:
    """What a view shows: parts below each other."""

    title: str
    blocks: tuple[Block, ...]


def render(template: str, **values: Any) -> str:
    """Return a template of the folder beside this file, filled in."""
    return _environment().get_template(template).render(values)


def static(name: str) -> bytes:
    """Return a file of the folder `static`."""
    return (_FOLDER / "static" / name).read_bytes()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "time": _time,
        "size": _size,
        "count": _count,
        "number": number,
        "coded": _coded,
    }
    environment.filters.update(filters)
    return environment


def _time(at: float) -> str:
    """Return local time, with the day where it is not today."""
    then = time.localtime(at)
    today = time.strftime("%Y-%m-%d", then) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", then)


def _coded(text: str) -> Markup:
    """Return a text in which what stands between backquotes is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    marks = (Markup("{}"), Markup("<code>{}</code>"))
    return Markup("").join(marks[at % 2].format(part) for at, part in enumerate(parts))


def _size(count: int) -> str:
    """Return bytes as people read them."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _count(number: int) -> str:
    """Return a number with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f")
