"""A slip of the keys in a Latin word: `leds` for leads."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold_word

_NAMES = frozenset({"metric", "dimension", "bundle", "ambiguous"})
_SHORTEST = 5


def one_slip(lexicon: Lexicon, word: str) -> str | None:
    """Return the only known word that is one slip away, if there is exactly one."""
    folded = fold_word(word)
    if len(folded) < _SHORTEST or not (folded.isascii() and folded.isalpha()):
        return None
    if folded.endswith(("ed", "ing")):  # a verb, not a slip: attended is no attendee
        return None
    known = [
        w
        for w, senses in lexicon.entries.items()
        if w.isascii()
        and w not in {folded + "s", folded.removesuffix("s")}
        and abs(len(w) - len(folded)) <= 1
        and any(s.kind in _NAMES for s in senses)
    ]
    near = {w for w in known if OSA.distance(folded, w, score_cutoff=1) <= 1}
    stems = {w.removesuffix("s") for w in near}
    return min(near, key=len) if len(stems) == 1 else None
