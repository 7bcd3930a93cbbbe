"""English names of days, and last, this or next of anything yearly."""

from __future__ import annotations

import re
from dataclasses import replace

from semantic_layer.timegrain import TimeGrain

from . import relative
from .holidays import holiday, holiday_weekend
from .nodes import ONE_DAY, Ctx, Node, first_from, occurrences
from .rules import Rule

BACK = r"(?:last|past|previous|prior|preceding|trailing|most recent|latest)"
AHEAD = r"(?:next|coming|upcoming|following|subsequent)"
NOW = r"(?:this|current|the current|present)"
_OFFSET = {"last": -1, "past": -1, "previous": -1, "prior": -1, "preceding": -1, "trailing": -1,
           "most recent": -1, "latest": -1}  # fmt: skip


def sign_of(word: str) -> int:
    """Return -1 for last, 0 for this, 1 for next."""
    if word in _OFFSET:
        return -1
    return 0 if word in ("this", "current", "the current", "present", "the") else 1


def shifted(node: Node, word: str | None, ctx: Ctx) -> Node | None:
    """Return last/this/next of a yearly day: last = the latest that is over."""
    if not word:
        return node
    sign = sign_of(word)
    if sign == 0:
        return node.inside(relative.period(ctx, TimeGrain.YEAR, 0))
    if sign > 0:
        found = first_from(node, ctx, ctx.today + ONE_DAY)
    else:
        over = (span for span in occurrences(node, ctx) if span.end <= ctx.today)
        found = next(over, None)
    return None if found is None else replace(node, fixed=found, part=None)


_NAMES: dict[str, str] = {
    r"new year'?s? eve": "new_year_eve",
    r"new year(?:'?s)?(?: day)?": "new_year",
    r"(?:chinese|lunar) new year(?:'?s)?(?: day)?|cny|spring festival": "spring",
    r"lantern festival": "lantern",
    r"(?:qingming|tomb[- ]sweeping)(?: festival| day)?": "qingming",
    r"dragon boat(?: festival| day)?": "dragon",
    r"mid-?[ -]?autumn(?: festival| day)?|moon festival": "mid_autumn",
    r"(?:china'?s? |chinese )?national day|golden week": "national",
    r"(?:double (?:11|eleven)|singles'?s?'? day|11\.11)": "double11",
    r"may day|international workers'?'? day|(?:china )?labour day": "labour",
    r"labor day": "us_labor",
    r"(?:mlk|martin luther king'?s?)(?:,? (?:jr|junior)\.?)?(?: day)?": "mlk",
    r"president'?s?'? day": "presidents",
    r"valentine'?s?'?(?: day)?": "valentine",
    r"groundhog day": "groundhog",
    r"(?:st|saint)\.? patrick'?s?(?: day)?": "patrick",
    r"(?:international )?wom[ae]n'?s'? day": "women",
    r"april fools?'?s?'?(?: day)?": "fools",
    r"earth day": "earth",
    r"easter monday": "easter_monday",
    r"easter(?: sunday| day)?": "easter",
    r"good friday": "good_friday",
    r"palm sunday": "palm_sunday",
    r"ash wednesday": "ash_wednesday",
    r"pentecost|whit ?sunday": "pentecost",
    r"whit ?monday|pentecost monday": "whit_monday",
    r"shrove tuesday|mardi gras": "shrove_tuesday",
    r"ascension(?: day| thursday)": "ascension",
    r"trinity sunday": "trinity",
    r"corpus christi": "corpus_christi",
    r"cinco de mayo": "cinco",
    r"mother'?s?'? ?day": "mothers",
    r"father'?s?'? ?day": "fathers",
    r"memorial day": "memorial",
    r"juneteenth": "juneteenth",
    r"(?:us )?independence day|fourth of july|4th of july|july fourth": "independence",
    r"children'?s?'? day": "children",
    r"teacher'?s?'? day": "teachers",
    r"columbus day": "columbus",
    r"hallow'?e'?en(?: day)?|all hallows' eve": "halloween",
    r"veterans?'?s?'? day": "veterans",
    r"thanks ?giving(?: day)?": "thanksgiving",
    r"black friday": "black_friday",
    r"cyber monday": "cyber_monday",
    r"christmas eve|xmas eve": "christmas_eve",
    r"christmas(?: day)?|x-?mas(?: day)?": "christmas",
    r"boxing day": "boxing",
}
_ANY_NAME = "|".join(f"(?:{name})" for name in _NAMES)  # the longer of two names stands first
_WINDOW = (
    r"(?: (?:holidays?|golden week|break|period|shopping festival|campaign|sales?|promotion))?"
)
_SHIFT = rf"(?:the )?(?:({BACK}|{AHEAD}|{NOW}) )?"


def _key(name: str) -> str:
    for pattern, key in _NAMES.items():
        if re.fullmatch(pattern, name):
            return key
    return "new_year"  # pragma: no cover - every alternative of the rule is in the table


def _festival(match: re.Match[str], ctx: Ctx) -> Node | None:
    name, suffix = match[2], match[3]
    window = bool(suffix.strip()) or name == "golden week"
    if not window and re.search(
        r"\b(?:during|over|throughout)(?: the)? $", ctx.norm[: match.start()]
    ):
        window = True
    node = holiday(_key(name), window=window)
    return shifted(node, match[1], ctx)


def _festival_weekend(match: re.Match[str], ctx: Ctx) -> Node | None:
    return shifted(holiday_weekend(_key(match[2])), match[1], ctx)


RULES: tuple[Rule, ...] = (
    Rule(rf"{_SHIFT}\b({_ANY_NAME}){_WINDOW.replace('(?: (', '((?: (', 1)})(?![a-z])", _festival),
    Rule(rf"{_SHIFT}\b({_ANY_NAME}) weekend\b", _festival_weekend),
)
