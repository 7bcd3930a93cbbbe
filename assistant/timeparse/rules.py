"""A rule of the grammar: a pattern and what it builds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from semantic_layer.timegrain import TimeGrain

from .model import Shift
from .nodes import Ctx, Node

#: What a rule may find: a period, a comparison, or a breakdown unit.
Found = Node | Shift | TimeGrain
Build = Callable[["re.Match[str]", Ctx], "Found | None"]


#: Words around a phrase that add nothing to it: with only these left, the text is one phrase.
_FILLER = (
    r"\b(?:the|in|on|for|of|during|at|data|show|me|what about|how about|and|just|please|now)\b"
    r"|数据|换成|改成|只看|[的呢吗在那看]|[\s,.?!;:。、'\"()]"
)


def alone(ctx: Ctx, span: tuple[int, int]) -> bool:
    """Whether the text holds nothing of weight outside `span`."""
    rest = ctx.norm[: span[0]] + " " + ctx.norm[span[1] :]
    return len(rest) < 60 and not compiled(_FILLER).sub("", rest)


@dataclass(frozen=True, slots=True)
class Rule:
    """A regular expression over normalised text and the builder of its meaning."""

    pattern: str
    build: Build


@dataclass(frozen=True, slots=True)
class Token:
    """A recognised stretch of text."""

    start: int
    end: int
    found: Found


@lru_cache(maxsize=2048)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern once, on first use."""
    return re.compile(pattern)


def _scan_one(rule: Rule, ctx: Ctx) -> list[Token]:
    out = []
    for match in compiled(rule.pattern).finditer(ctx.norm):
        if match.end() == match.start():
            continue
        try:
            found = rule.build(match, ctx)
        except (ValueError, OverflowError):
            # An impossible date (31 February) or one outside the calendar is no date.
            continue
        if found is not None:
            out.append(Token(match.start(), match.end(), found))
    return out


def scan(rules: Sequence[Rule], ctx: Ctx) -> list[Token]:
    """Return the leftmost-longest, non-overlapping tokens of all rules, in order."""
    found = [token for rule in rules for token in _scan_one(rule, ctx)]
    found.sort(key=lambda token: (token.start, -token.end))
    out: list[Token] = []
    for token in found:
        if not out or token.start >= out[-1].end:
            out.append(token)
    return out
