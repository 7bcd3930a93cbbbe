"""Tokens -> slots: one walk from left to right with a little memory."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.planner.lexicon import Sense
from assistant.planner.slots import Slots, Threshold, ValueSlot
from assistant.planner.tokens import Token, Tokens
from assistant.timeparse import Period, Reading, Shift

_TOTAL_WORDS = frozenset(
    {"合计", "一共", "总共", "总计", "共", "total", "combined", "overall", "in total"}
)
_INTENTS = frozenset(
    {"define", "what_is", "calc", "list", "metric_word", "dimension_word", "help", "fresh", "greet",
     "why", "attribution", "choose_model", "influence", "stuck", "journey", "lead_word",
     "deal_word", "lead_brief", "call_first"}
)  # fmt: skip
_FLAGS = frozenset({"share", "trend", "vary", "vs", "delta", "rate", "rank", "desc", "asc"})
_COMPARATORS = frozenset({"gt", "gte", "lt", "lte"})
_SUPERLATIVES = frozenset({"top", "bottom", "best", "worst", "dear", "cheap", "fast", "slow"})
_TRAILING_NOT = frozenset(
    {
        "不算",
        "不要",
        "不计",
        "不看",
        "别算",
        "排除",
        "剔除",
        "去掉",
        "excluded",
        "不含",
        "不包括",
        "不考虑",
    }
)
_LEADING_COMPARE = re.compile(r"^(?:对比|比较|compare)")
_OVER = frozenset({"over", "past", "过"})
_YEAR_AGO = re.compile(r"year ago|year earlier|year before|一年前|去年同期|上年同期")
_RELATIVE = re.compile(r"previous|prior|preceding|前一|上一")
_EACH_PERIOD = re.compile(r"每|各|each |every |per ")
_JOINING = re.compile(r"[,，、;；/&+?？。(（]")
_EACH = frozenset(
    {"各", "每个", "每一个", "每家", "每种", "每类", "各个", "each", "every", "per", "by each",
     "for each", "for every", "in each", "of each", "from each"}
)  # fmt: skip
_PAIRED = re.compile(r"(?:vm){2,}|(?:mv){2,}|(?:dm){2,}|(?:md){2,}")
"""Each metric has a condition or a breakdown of its own: a table cannot hold them crossed."""
_LISTS = re.compile(r"有哪|清单|列表|list")
_BY = frozenset({"按", "按照", "依", "根据", "by"})
_EXCEPT = ("除", "不含", "不包", "排除", "剔除", "去", "刨", "except", "exclud", "apart", "other")
_LISTING = frozenset({"and", "or"})
_PARTICLES = frozenset({"fill", "and", "each", "which", "only"})


class SlotReader:
    """Fills the slots of one question.

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
        self.limit_end: int | None = None
        self.pattern = ""

    def read(self) -> Slots:
        """Return the filled slots."""
        handlers: dict[str, Callable[[int, Token], None]] = {
            "unknown": self._unknown,
            "time": self._time,
            "number": self._number,
            "limit": self._limit,
            "setting": self._setting,
            "senses": self._senses,
        }
        for i, token in enumerate(self.items):
            handlers[token.kind](i, token)
        self._finish()
        return self.slots

    def said(self, token: Token) -> str:
        """Return a token as it was typed."""
        start, end = self.tokens.folded.raw_span(token.start, token.end)
        return self.tokens.folded.raw[start:end]

    def _finish(self) -> None:
        slots = self.slots
        if self.either is not None and len(slots.thresholds) > 1:
            slots.unclear.append(self.either)
        if self.per is not None and not slots.ranked:
            slots.per = self.per
        self._leftovers()
        if self.comparator is not None:
            slots.unclear.append(self.comparator_text)
        for pending in (self.negate, self.lacking):
            if pending is not None:
                slots.unclear.append(pending)
        if self.pending_number is not None:
            if slots.superlative and slots.limit is None:
                slots.limit = int(self.pending_number.number or 0) or None
            else:
                slots.unclear.append(self.pending_number.text)
        for item in slots.thresholds:
            if item.metric is None and slots.metrics:
                item.metric = slots.metrics[-1]

    def _leftovers(self) -> None:
        """What was said but found no place in the slots."""
        slots = self.slots
        if _PAIRED.fullmatch(self.pattern):
            slots.unclear.append(
                self.said(self.items[-1])
            )  # 华东的线索和华南的订单: which of which?
        if "stuck" not in slots.intents:
            slots.unknown += self.stage_words
        full = len(slots.models) > len(slots.bare_models)
        about = "归因" in self.folded or "attribut" in self.folded
        if slots.bare_models and not full and not about:
            slots.unclear += slots.bare_models
        if "vs" not in slots.flags and len(slots.periods) < 2:
            slots.unclear += self.repeated  # `win rate and win rate last year`

    def _unknown(self, _: int, token: Token) -> None:
        self.slots.unknown.append(token.text)

    # --- time and numbers -------------------------------------------------------------

    def _time(self, _: int, token: Token) -> None:
        match = token.time
        if match is None:
            return
        if self.negate or self.lacking:
            self.slots.unclear.append(f"{self.negate or self.lacking} {token.text}")
            self.negate = self.lacking = None
        if match.period is not None:
            split = self._split(token)
            self.slots.periods += split or [match.period]
            self.slots.period_texts += [token.text] * len(split or [match.period])
            self.slots.linked_periods |= bool(split) or self._linked(token)
        elif match.shift is not None and self._leads(token):
            self.slots.periods.append(match.shift.period)  # type: ignore[arg-type]
        elif match.shift is not None:
            year_ago = bool(_YEAR_AGO.search(token.text.lower()))
            self.slots.shifts.append(Shift("previous_year") if year_ago else match.shift)
            self.slots.relative_shift |= bool(_RELATIVE.search(token.text.lower()))
        else:
            self.slots.grain = match.grain
            self.slots.each_period |= bool(_EACH_PERIOD.match(token.text))
            if token.number == 1:
                self.slots.which_period = True
                best = re.match(r"(best|worst)", token.text)
                self.slots.superlative = best[1] if best else self.slots.superlative
        self.last = "time"
        self.by = False

    def _leads(self, token: Token) -> bool:
        """`对比上季度各渠道…` opens with the verb: the period is the one asked about."""
        shift = token.time.shift if token.time else None
        if shift is None or shift.period is None or not _LEADING_COMPARE.match(token.text):
            return False
        named = self.slots.metrics or self.slots.values or self.slots.dimensions
        ahead = any(t.of("metric") or t.of("bundle") or t.of("ambiguous") for t in self.items)
        return ahead and not (named or self.slots.periods or self.slots.bundles)

    def _split(self, token: Token) -> list[Period]:
        """`the change from Q2 to Q3` names two periods, not one long one."""
        match = token.time
        changing = any(t.word() in {"delta", "rate", "rose", "fell", "vs"} for t in self.items)
        changing &= sum(t.time is not None and t.time.grain is None for t in self.items) == 1
        if match is None or match.period is None or match.period.reading is not Reading.RANGE:
            return []
        return list(token.parts) if changing and len(token.parts) == 2 else []

    def _linked(self, token: Token) -> bool:
        """Whether this period stands beside the one before it: joined by and, vs, 和, 、."""
        if not self.slots.periods or self.last != "time":
            return any(t.word() in {"vs", "and"} for t in self.items)
        before = [t for t in self.items if t.end <= token.start]
        gap = self.folded[before[-1].end : token.start] if before else ""
        words = {t.word() for t in before[-2:]}
        return bool(words & {"vs", "and"}) or bool(_JOINING.search(gap))

    def _limit(self, _: int, token: Token) -> None:
        if self.slots.limit is not None:
            self.slots.unclear.append(token.text)
        self.slots.limit = int(token.number or 0) or None
        self.slots.limit_desc = token.descending
        self.limit_end = token.end
        self.which = True
        self.last = "limit"

    def _setting(self, _: int, token: Token) -> None:
        if token.text.startswith(("半衰", "half")):
            self.slots.half_life = token.number
        else:
            self.slots.lookback = int(token.number or 0) or None

    def _number(self, i: int, token: Token) -> None:
        op = self.comparator
        after = self._next_word(i)
        if op is None and after in {"gte_after", "lte_after"}:
            op = after.removesuffix("_after")
        if token.upper is not None:
            op = "between"
        if op is None and self._counts_values(i, token):
            return
        if op is None and self.slots.intents & {"lead_word", "deal_word", "lead_brief"}:
            self.slots.unknown.append(self.said(token))  # the number of a lead or an order
            return
        if op is None:
            if self.pending_number is not None:
                self.slots.unclear.append(self.pending_number.text)
            self.pending_number = token
            self.which = True
            return
        metric = self.slots.metrics[-1] if self.slots.metrics and self.last == "metric" else None
        metric = None if self._counts_next(i) else metric
        self.slots.thresholds.append(
            Threshold(op, token.number or 0.0, token.percent, metric, token.upper)
        )
        self.comparator = None
        self.last = "number"

    def _counts_next(self, i: int) -> bool:
        """`at least 50 registrations`: the number is of the metric that follows it."""
        following = self.items[i + 1] if i + 1 < len(self.items) else None
        if following is None or not following.of("metric"):
            return False
        return self._next_word(i + 1) not in _COMPARATORS

    def _counts_values(self, i: int, token: Token) -> bool:
        """百度、头条、腾讯三家: the number only counts what was just listed."""
        glued = i > 0 and self.items[i - 1].end == token.start
        return glued and self.last == "value" and token.number == len(self.run)

    def _next_word(self, i: int) -> str | None:
        return self.items[i + 1].word() if i + 1 < len(self.items) else None

    # --- words ------------------------------------------------------------------------

    def _senses(self, i: int, token: Token) -> None:
        word = token.word()
        content = [s for s in token.senses if s.kind != "word"]
        if word == "fill" and token.of("value") and len(token.text) > 2:
            self.slots.values.append(ValueSlot(token.of("value"), self.said(token), optional=True))
            return
        if word is not None and not (content and word not in _PARTICLES):
            self._word(i, token, word)
        elif token.of("model") or token.of("bare_model"):
            self._model(token)
        elif token.of("denied"):
            self.slots.denied.append(token.text)
        elif token.of("unit") and not (set(content) - set(token.of("unit"))):
            self._unit(i, token)
        elif token.of("ambiguous"):
            self.slots.ambiguous.append(token.text)
            self.last = "metric"
        else:
            self._content(i, token)

    def _model(self, token: Token) -> None:
        """An attribution model; a bare 首次 is one only if the question is about attribution."""
        named = token.of("model") or token.of("bare_model")
        if self.comparator_text == "under":  # under time decay: no value is meant
            self.comparator = None
        if named[0].id not in self.slots.models:
            self.slots.models.append(named[0].id)
        if not token.of("model"):
            self.slots.bare_models.append(token.text)

    def _unit(self, i: int, token: Token) -> None:
        """One of the things a metric counts: `spend per opportunity`, but not `largest order`."""
        counted = self._next_word(i) in {"trend", "draw_line", "vary"}  # lead trend
        if counted or (self.by and self.last == "metric"):
            self._metric(token, token.of("unit"))
        else:
            self.slots.unknown.append(self.said(token))

    def _word(self, i: int, token: Token, word: str) -> None:
        if word in _SUPERLATIVES:
            self._superlative(token, word)
        elif word in _FLAGS:
            self._flag(i, token, word)
        elif word.startswith(("draw_", "export_")):
            self._form(word)
        elif word in _INTENTS:
            self.slots.intents.add(word)
            self.slots.records |= word == "list" and bool(_LISTS.search(token.text))
        elif word == "place":
            self.slots.flags |= {"rank", "place"}
        elif word in _COMPARATORS:
            self.comparator, self.comparator_text = word, token.text
        elif word in {"rose", "fell"}:
            self.slots.direction = 1 if word == "rose" else -1
            self.slots.which |= self._describes(i, token)
        else:
            self._particle(i, token, word)

    def _describes(self, i: int, token: Token) -> bool:
        """`增长的大区` picks the regions that grew; `大区的增长` does not."""
        rest = self.items[i + 1 :]
        if not token.text.endswith("的"):
            if not rest or rest[0].text != "的":
                return False
            rest = rest[1:]
        return bool(rest) and bool(rest[0].of("dimension"))

    def _form(self, word: str) -> None:
        """How the answer is to be shown or handed over; the last word said counts."""
        kind, form = word.split("_")
        if kind == "export":
            self.slots.export = form
        else:
            self.slots.draw = form

    def _superlative(self, token: Token, word: str) -> None:
        known = self.slots.superlative
        if known is not None and known != word:
            self.slots.unclear.append(token.text)
        self.slots.superlative = word
        if self.limit_end is not None and self._metric_between(self.limit_end, token.start):
            self.slots.unclear.append(token.text)  # 投入前五的活动里ROI最高的: two rankings

    def _metric_between(self, start: int, end: int) -> bool:
        inside = [t for t in self.items if start <= t.start and t.end <= end]
        return len(self.slots.metrics) > 1 and any(t.of("metric") for t in inside)

    def _particle(self, i: int, token: Token, word: str) -> None:
        """Words that change how the next name is taken."""
        handlers: dict[str, Callable[[], None]] = {
            "fill": lambda: self._fill(i, token, word),
            "rest": lambda: self._fill(i, token, word),
            "after_not": lambda: self._fill(i, token, word),
            "not": lambda: self._not(i, token),
            "end_not": lambda: self._end_negation(token),
            "each": lambda: self._grouping(token.text),
            "sortby": lambda: self._sorting(),
        }
        if word in handlers:
            handlers[word]()
        else:
            self._marker(token, word)

    def _marker(self, token: Token, word: str) -> None:
        handlers: dict[str, Callable[[], None]] = {
            "lacking": lambda: setattr(self, "lacking", token.text),
            "only": lambda: self._restricting(word),
            "where": lambda: self._restricting(word),
            "pronoun": lambda: setattr(self.slots, "pronoun", token.text),
            "stage_word": lambda: self.stage_words.append(token.text),
            "or": lambda: setattr(self, "either", token.text),
            "which": self._asking_which,
            "who": lambda: self._asking_who(token, word),
            "champion": lambda: self._asking_who(token, word),
            "negative": lambda: self._sign("lt"),
            "positive": lambda: self._sign("gt"),
            "mine": lambda: setattr(self.slots, "mine", True),
        }
        if word in handlers:
            handlers[word]()

    def _restricting(self, word: str) -> None:
        self.negate = None
        self.slots.which |= word == "where"

    def _asking_which(self) -> None:
        self.which = self.slots.which = True

    def _asking_who(self, token: Token, word: str) -> None:
        self.slots.which, self.slots.who = True, token.text
        if word == "champion":
            self.slots.superlative = "top"

    def _sign(self, op: str) -> None:
        self.slots.thresholds.append(Threshold(op, 0.0, percent=False))

    def _grouping(self, text: str) -> None:
        self.by, self.by_text = True, text

    def _sorting(self) -> None:
        self.slots.flags.add("rank")
        self._grouping("by")

    def _not(self, i: int, token: Token) -> None:
        """`百度不算` excludes what stands before it; otherwise what follows is excluded."""
        following = self.items[i + 1] if i + 1 < len(self.items) else None
        ahead = following is not None and (following.of("value") or following.of("group"))
        if following is not None and _JOINING.search(self.folded[token.end : following.start]):
            ahead = False  # 百度不算，头条也不算
        if token.text in _TRAILING_NOT and self.last == "value" and self.run and not ahead:
            for slot in self.run:
                slot.negate = True
            return
        self.negate, self.run, self.excluding = token.text, [], token.text

    def _fill(self, i: int, token: Token, word: str) -> None:
        excluded = self.negate is not None or any(v.negate for v in self.slots.values)
        if word != "fill" and not excluded:
            self.slots.unknown.append(token.text)  # 其他 what? 之后 what?
        following = self.items[i + 1].kind if i + 1 < len(self.items) else ""
        if token.text in _OVER and following == "number":
            self.comparator, self.comparator_text = "gt", token.text
        self.slots.total |= token.text in _TOTAL_WORDS
        if token.text == "在" and self.last == "value":
            self.slots.part_first = True

    def _flag(self, i: int, token: Token, word: str) -> None:
        """`between 5 and 10` compares nothing: it bounds a metric."""
        following = self.items[i + 1] if i + 1 < len(self.items) else None
        if word == "vs" and following is not None and following.upper is not None:
            return
        self.slots.flags.add(word)

    def _end_negation(self, token: Token) -> None:
        """`A和B以外`: the whole run of values before it is excluded."""
        if self.negate is not None and self.last == "value":
            self.negate = None
        elif self.run and self.last == "value" and self.excluding.startswith(_EXCEPT):
            return  # 除百度外: the word before has already said so
        elif self.run and self.last == "value" and not any(v.negate for v in self.run):
            for slot in self.run:
                slot.negate = True
        else:
            self.slots.unclear.append(token.text)

    # --- names ------------------------------------------------------------------------

    def _content(self, i: int, token: Token) -> None:
        metrics, dims = token.of("metric"), token.of("dimension")
        values, groups, bundles = token.of("value"), token.of("group"), token.of("bundle")
        ranked = self.slots.superlative is not None and not self.slots.dimensions and not values
        asked = self.by or self.which or self.lacking is not None or ranked
        if dims and (asked or not (metrics or values or groups or bundles)):
            self._dimension(i, token, dims[0])
        elif metrics and not (values and self.slots.metrics and not self._more_metrics(i)):
            self._metric(token, metrics)
        elif bundles:
            self._by_head(token)
            self._refuse_negated(token)
            self.slots.bundles.append(bundles[0].id)
            self.last = "metric"
        elif values or groups:
            self._value(i, values, groups, token.text)
        elif dims:
            self._dimension(i, token, dims[0])
        self.which = False

    def _more_metrics(self, i: int) -> bool:
        before = self.items[i - 1] if i else None
        return before is not None and before.word() == "and" and self.last == "metric"

    def _refuse_negated(self, token: Token) -> None:
        """`leads without opportunities` subtracts something: nothing here can do that."""
        pending = self.negate or self.lacking
        if pending is not None:
            self.slots.unclear.append(f"{pending} {token.text}")
            self.negate = self.lacking = None

    def _by_head(self, token: Token) -> None:
        """`各渠道ROI` groups by channel although 渠道ROI is one name."""
        sorts = self.by_text in _BY and bool(self.slots.metrics)  # 按渠道ROI从高到低
        if self.by and token.heads and not sorts:
            if token.heads[0].id not in self.slots.dimensions:
                self.slots.dimensions.append(token.heads[0].id)
            self.by = False

    def _metric(self, token: Token, senses: tuple[Sense, ...]) -> None:
        self._by_head(token)
        self._refuse_negated(token)
        self.slots.heads += [h.id for h in token.heads]
        name = senses[0].id
        glued = self.metric_end is not None and not self._joined(token)
        if self.by and self.slots.metrics and self.last == "metric":
            self.per = (self.slots.metrics[-1], name)
        elif glued and name not in self.slots.metrics:
            self.slots.unclear.append(token.text)
        if self.last == "number" and self.slots.thresholds[-1].metric is None:
            self.slots.thresholds[-1].metric = name  # `more than 100 leads`
        before = [t for t in self.items if t.end <= token.start]
        if name in self.slots.metrics and before and before[-1].word() in _LISTING:
            self.repeated.append(self.said(token))
        if name not in self.slots.metrics:
            self.slots.metrics.append(name)
            self.slots.metric_senses.append(senses)
        if self.by:
            self.slots.order_metric = name
            self.by = False
        self.metric_end = token.end
        self.last = "metric"
        self._mark("m")

    def _joined(self, token: Token) -> bool:
        """Whether two metrics are listed side by side, not one of the other."""
        end = self.metric_end or 0
        between = [t for t in self.items if end <= t.start and t.end <= token.start]
        if any(t.kind != "senses" or t.word() != "fill" for t in between):
            return True
        gap = self.folded[end : token.start]
        return bool(_JOINING.search(gap))

    def _dimension(self, i: int, token: Token, sense: Sense) -> None:
        if self.lacking is not None:
            self.slots.empty_dimensions.append(sense.id)
            self.lacking = None
            return
        if self.negate is not None:
            self.slots.unclear.append(f"{self.negate} {token.text}")
            self.negate = None
            return
        if not (self.by or self.which) and self._names_filter(i, sense.id):
            return
        before = self.items[i - 1] if i else None
        named = before is not None and any(before.of(k) for k in ("value", "group", "dimension"))
        free = not (self.by or self.which)
        if named and free and before is not None and before.end == token.start:
            self.slots.nouns.append(self.said(token))  # 各行业客户: customers in general
            return
        if sense.id not in self.slots.dimensions:
            self.slots.dimensions.append(sense.id)
        if self.by and self.by_text in _EACH:
            self.slots.each.append(sense.id)
        if self._next_word(i) != "and":
            self.by = False
        self.last = "dimension"
        self._mark("d")

    def _names_filter(self, i: int, dim: str) -> bool:
        """`百度渠道`, `region 华东`: the word only says which dimension the value is of."""
        for j in (i - 1, i + 1, i + 2):
            if not 0 <= j < len(self.items):
                continue
            token = self.items[j]
            same = [s for s in token.senses if s.kind in {"value", "group"} and s.id == dim]
            if same and (j != i + 2 or self.items[i + 1].word() in {"fill", "only", "not"}):
                for slot in self.slots.values:
                    if slot.text == self.said(token):
                        slot.senses = tuple(same)
                return True
        return False

    def _value(
        self, i: int, values: tuple[Sense, ...], groups: tuple[Sense, ...], text: str
    ) -> None:
        if self.lacking is not None:
            self.negate, self.lacking = self.lacking, None
        joined = i > 0 and self.items[i - 1].word() in _LISTING | {"vs"}
        if self.last != "value":
            self.run = []
        elif joined and self.run:
            dims = {s.id for s in self.run[-1].senses}
            if not dims & {s.id for s in values or groups}:
                self.slots.unclear.append(text)  # `from Baidu and webinars`: both, or either?
        said = self.said(self.items[i])
        slot = ValueSlot(values or groups, said, self.negate is not None, group=not values)
        self.run.append(slot)
        self.slots.values.append(slot)
        self._mark("v")
        if self._next_word(i) not in _LISTING and not self._listed(i):
            self.negate = None
        self.last = "value"
        self.by = False

    def _mark(self, kind: str) -> None:
        """Note the order in which metrics, dimensions and values come; runs count once."""
        if not self.pattern.endswith(kind):
            self.pattern += kind

    def _listed(self, i: int) -> bool:
        """Whether another value follows after a comma: the negation covers it too."""
        if i + 1 >= len(self.items):
            return False
        gap = self.folded[self.items[i].end : self.items[i + 1].start]
        following = self.items[i + 1]
        more = bool(following.of("value") or following.of("group"))
        return more and bool(_JOINING.search(gap))


def read_slots(tokens: Tokens) -> Slots:
    """Return what the question says."""
    return SlotReader(tokens).read()
