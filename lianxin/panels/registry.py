"""Blocks that a higher area puts on a lower area's page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lianxin.accounts.actors import Actor


@dataclass(frozen=True)
class Panel:
    """`context` returns the template's context for an object and a reader, or None to stay away."""

    code: str
    page: str
    template: str
    context: Callable[[Any, Actor], dict[str, Any] | None]


_PANELS: dict[str, list[Panel]] = {}


def add(panel: Panel) -> Panel:
    """Put `panel` on its page (`need`, `track`, `compound`, …). Raises ValueError when its code is taken."""
    if any(p.code == panel.code for p in _PANELS.get(panel.page, [])):
        raise ValueError(f"panel {panel.code} is registered twice")
    _PANELS.setdefault(panel.page, []).append(panel)
    return panel


def remove(panel: Panel) -> None:
    """Take `panel` away again."""
    _PANELS[panel.page].remove(panel)


def for_page(page: str, thing: Any, actor: Actor) -> list[dict[str, Any]]:
    """The panels of `page` that have something to say about `thing`: template and context of each."""
    found = []
    for panel in _PANELS.get(page, []):
        context = panel.context(thing, actor)
        if context is not None:
            found.append({"template": panel.template, "code": panel.code, **context})
    return found
