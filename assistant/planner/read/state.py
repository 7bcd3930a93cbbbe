"""What the walk over a question remembers between two tokens."""

from __future__ import annotations

import re

from assistant.planner.normalise import is_latin
from assistant.planner.pieces import Token, Tokens
from assistant.planner.slots import Slots, ValueSlot

JOINING = re.compile(r"[,，、;；/&+?？。(（]")
"""What stands between two names that are listed side by side."""
LISTING = frozenset({"and", "or"})
"""Words that list what stands around them."""

SORTING = frozenset({"by", "按", "按照", "依", "根据"})
COMPARATORS = frozenset({"gt", "gte", "lt", "lte"})


_COMMA = re.compile(r"[,，]")


class ReadState:
    """The slots filled so far, and what the next token depends on.

    Args:
        tokens: The question as tokens.
    """

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.folded = tokens.folded.text
        self.items = tokens.items
        self.slots = Slots(text=self.folded)
        self.negate: str | None = None
        self.lacking: str | None = None
        self.by = False
        self.which = False
        self.comparator: str | None = None
        self.comparator_text = ""
        self.pending_number: Token | None = None
        self.last = ""
        self.run: list[ValueSlot] = []
        self.metric_end: int | None = None
        self.per: tuple[str, str] | None = None
        self.repeated: list[str] = []
        self.excluding = ""
        self.by_text = ""
        self.either: str | None = None
        self.stage_words: list[str] = []
        self.means: list[str] = []
        """Words such as average: of what, the whole question tells."""
        self.limit_end: int | None = None
        self.second_limit = ""
        self.joined_periods: list[bool] = []
        """Whether each period stands beside the one before it in a list."""
        self.ahead_text = ""
        self.compared: list[tuple[str, str]] = []
        self.picks = False
        """Whether a comparison describes the groups asked for: 比上月多的渠道."""
        self.lasting = any(t.word() == "duration" for t in tokens.items)
        """Whether it is asked how long something takes: stages then follow one another."""
        self.pattern = ""
        self.placed: list[tuple[int, ValueSlot]] = []
        self.dims_at: dict[int, str] = {}
        self.mentions: list[str] = []
        """Metrics in the order said, as often as they were said."""

    @property
    def grouped(self) -> list[int]:
        """Return where dimensions to break down by were said."""
        return list(self.dims_at)

    def said(self, token: Token) -> str:
        """Return a token as it was typed."""
        start, end = self.tokens.folded.raw_span(token.start, token.end)
        return self.tokens.folded.raw[start:end]

    def next_word(self, i: int) -> str | None:
        """Return the meaning of the word after token `i`, if it is one."""
        return self.items[i + 1].word() if i + 1 < len(self.items) else None

    def mark(self, kind: str) -> None:
        """Note the order in which metrics, dimensions and values come; runs count once."""
        if not self.pattern.endswith(kind):
            self.pattern += kind

    def sorts_by_change(self) -> bool:
        """Whether `by` stands before a change: `by growth in leads`, `by lead growth`."""
        if self.by_text not in SORTING:
            return False
        metrics = self.slots.metrics
        said = bool(metrics) and self.slots.order_metric == metrics[-1] and self.last == "metric"
        return self.by or said

    def listed(self, i: int) -> bool:
        """Whether another value follows in the list: the negation covers it too.

        A comma ends an exclusion, unless more of the same kind follows it.
        """
        if i + 1 >= len(self.items):
            return False
        gap = self.folded[self.items[i].end : self.items[i + 1].start]
        following = self.items[i + 1]
        more = bool(following.of("value") or following.of("group"))
        if not more or not JOINING.search(gap):
            return False
        return not _COMMA.search(gap) or self._same_kind(i)

    def _same_kind(self, i: int) -> bool:
        one, other = self.items[i], self.items[i + 1]
        if any(t.word() == "end_not" for t in self.items[i + 1 :]):
            return True  # 除了百度，头条以外
        same = {s.id for s in one.of("value")} & {s.id for s in other.of("value")}
        opened = not (self.slots.metrics or is_latin(one.text[0]))
        if same and opened:  # 除了百度，头条的线索量: without both, or those of one?
            self.slots.unclear.append(self.said(other))
        return bool(same)
