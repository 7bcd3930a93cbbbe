"""A question as the cheapest chain of known tokens; what is left over is unexplained."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from assistant.planner.customer_words import spans
from assistant.planner.lexicon import Lexicon, Sense
from assistant.planner.normalise import Folded, fold, is_latin
from assistant.planner.words import PUNCTUATION
from assistant.timeparse import Period, Reading, TimeMatch, find_times
from semantic_layer.timegrain import Calendar, TimeGrain

TokenKind = Literal["senses", "time", "number", "limit", "setting", "unknown"]

_AMOUNT = (
    r"(?P<m{0}>[-−])?[¥$￥]?(?P<n{0}>\d+(?:,\d{{3}})*(?:\.\d+)?|[一二两三四五六七八九十百千]+(?=[万亿千]|个|名|位|条|元|块|成|家))"
    r"(?P<s{0}>百万|千万|万|亿|千|k|m| ?million| ?billion| ?thousand| ?bn)?"
    r"(?P<u{0}>%|％| ?percent|成|元|块钱|块|rmb|cny|个|名|位|条|家|单|笔|人|次|天|小时)?(?![a-z0-9])"
)
_NUMBER = re.compile(r"(?<![a-z0-9.])" + _AMOUNT.format(""))
_BETWEEN = re.compile(
    r"(?<![a-z0-9.])"
    + _AMOUNT.format("a")
    + r"(?: ?(?:到|至|-|~|和|与) ?| and | to )"
    + _AMOUNT.format("b")
    + r"(?:之间)?"
)
_LIMIT = re.compile(
    r"(?:(?P<tw>top|前|排名前|排前|tops)|(?P<bw>bottom|后|倒数|末尾|last))\s*"
    r"(?P<n>\d{1,4}|[一二两三四五六七八九十]{1,3}|one|two|three|five|ten)\s*(?:大|名|个|位|条|强|家|篇|场|份|款|种|类|的)?"
    r"(?![0-9a-z天周月年季旬小])"
)
_BEST_N = re.compile(
    r"(?:(?P<n1>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大))(?=的?[^0-9]{0,6}(?:最|排名))"
    r"|(?<=最高的)(?P<n2>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<=最低的)(?P<n3>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<=最多的)(?P<n4>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<=最少的)(?P<n5>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<![a-z0-9])(?P<n6>\d{1,3}|three|five|ten) (?=(?:best|worst|highest|lowest|largest|biggest|most|least|smallest|top))"
    r"|(?<=best )(?P<n7>\d{1,3})(?![0-9%])|(?<=worst )(?P<n8>\d{1,3})(?![0-9%])"
    r"|(?<=highest )(?P<n9>\d{1,3})(?![0-9%])|(?<=lowest )(?P<n10>\d{1,3})(?![0-9%])"
)
_WHICH_PERIOD = re.compile(
    r"(?:哪一?个?|是哪一?个?)(?P<zh>天|日|周|星期|月份?|季度|年份?)"
    r"|(?:是?哪(?:些|几)个?|(?<=最[多少高低大小]的[一二两三四五六七八九十0-9]个))"
    r"(?P<some>天|周|星期|月份?|季度|年份?)"
    r"|(?<=的)(?P<zh2>月份?|季度|年份|日期)(?![度末初底])"
    r"|(?<![a-z])(?:which|what|best|worst) (?P<en>day|week|month|quarter|year)s?(?![a-z])"
    r"|(?:(?<=highest )|(?<=lowest ))(?P<en3>day|week|month|quarter|year)(?![a-z])"
    r"|(?<![a-z])(?:the )?(?P<en2>day|week|month|quarter|year)s? (?=with|that had|when)"
)
_SETTING = re.compile(
    r"(?:回溯期?|回看期?)(?:为|是|用|取|设为|改为)? ?(\d{1,4}) ?天|(\d{1,4}) ?天(?:的)?(?:回溯期?|回看期?)"
    r"|半衰期(?:为|是|用|取|设为|改为)? ?(\d{1,4}(?:\.\d+)?) ?天"
    r"|(?<![a-z0-9])(\d{1,4})[- ]days?(?: of)? look ?back|look ?back(?: window)?(?: of)? (\d{1,4}) days"
    r"|half[- ]life(?: of)? (\d{1,4}(?:\.\d+)?) days"
)
_PERIOD_GRAINS = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "月": "month", "月份": "month",
    "季度": "quarter", "年": "year", "年份": "year", "日期": "day",
}  # fmt: skip
_SCALE = {
    "千": 1e3, "k": 1e3, "thousand": 1e3, "万": 1e4, "百万": 1e6, "m": 1e6, "million": 1e6,
    "千万": 1e7, "亿": 1e8, "bn": 1e9, "billion": 1e9,
}  # fmt: skip
_BETWEEN_BEFORE = re.compile(r"(?:between|介于|在|从|from) ?$")
_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
_ENGLISH = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER_WORD = re.compile(r"(?<![a-z])(two|three|four|five|six|seven|eight|nine|ten)(?= [a-z])")
_HALF = re.compile(
    r"一半|半数|(?<=过)半|(?<=超)半|(?<=than )half(?: of)?(?![a-z])|(?<=over )half(?![a-z])"
)
_UNITS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the question.

    Attributes:
        senses: Meanings of a lexicon word.
        time: A period, comparison or time breakdown.
        number: A value (scaled by 万/亿/%), or the N of a limit.
        descending: For a limit: top (True), bottom (False), or told by another word (None).
    """

    kind: TokenKind
    start: int
    end: int
    text: str
    senses: tuple[Sense, ...] = ()
    time: TimeMatch | None = None
    number: float | None = None
    percent: bool = False
    descending: bool | None = None
    upper: float | None = None
    parts: tuple[Period, ...] = ()
    """The two periods of a range such as `Q2 to Q3`."""
    compound: bool = False
    """A period made of shorter ones: given up when a name claims its tail."""
    heads: tuple[Sense, ...] = ()
    """Dimensions whose name begins this word: the 渠道 of 渠道ROI."""

    def word(self) -> str | None:
        """Return the function-word id, if it is one."""
        return next((s.id for s in self.senses if s.kind == "word"), None)

    def of(self, kind: str) -> tuple[Sense, ...]:
        """Return the senses of a kind."""
        return tuple(s for s in self.senses if s.kind == kind)


@dataclass(frozen=True)
class Tokens:
    """The chain of tokens, and the folded question."""

    folded: Folded
    items: tuple[Token, ...]
    unknown: tuple[str, ...] = field(default=())


def chinese_number(text: str) -> float:
    """Return the value of a small numeral such as 十二, 三百, 5."""
    if text in _ENGLISH:
        return float(_ENGLISH[text])
    plain = text.replace(",", "")
    if re.fullmatch(r"[\d.]+", plain):
        return float(plain)
    total, digit = 0, 0
    for char in plain:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS.get(char, 0)
    return float(total + digit)


def tokenise(
    question: str, lexicon: Lexicon, *, today: date, as_of: date, calendar: Calendar
) -> Tokens:
    """Cut a question into known tokens, longest and fewest first."""
    folded = fold(question)
    candidates: dict[int, list[Token]] = {}
    for token in _candidates(folded, lexicon, today=today, as_of=as_of, calendar=calendar):
        candidates.setdefault(token.start, []).append(token)
    chain = [_headed(t, candidates) for t in _cheapest(folded.text, candidates)]
    items = _merge_unknown(folded, chain)
    return Tokens(folded, items, tuple(t.text for t in items if t.kind == "unknown"))


def _candidates(
    folded: Folded, lexicon: Lexicon, *, today: date, as_of: date, calendar: Calendar
) -> list[Token]:
    text = folded.text
    out = [
        Token("senses", start, end, text[start:end], senses=tuple(senses))
        for start, end, senses in lexicon.find(text)
    ]
    raw = _ASKING.sub(lambda found: "，" * len(found[0]), folded.raw)
    matches = find_times(raw, today=today, as_of=as_of, calendar=calendar)
    inner = _inner_periods(raw, matches, today, as_of, calendar)
    begun = {m.span[0] for m in inner}
    for match in matches + inner:
        start, end = folded.folded_span(*match.span)
        if end > start and not _COUNT_BEFORE.match(text[start:end]):
            parts = _range_parts(match, today, as_of, calendar)
            compound = match in matches and match.span[0] in begun
            out.append(
                Token(
                    "time", start, end, text[start:end], time=match, parts=parts, compound=compound
                )
            )
    out += _numbers(text)
    for found in _LIMIT.finditer(text):
        if _latin_inside(text, *found.span()):
            continue
        number = chinese_number(found["n"])
        out.append(
            Token("limit", *found.span(), found[0], number=number, descending=bool(found["tw"]))
        )
    for found in _SETTING.finditer(text):
        number = chinese_number(next(g for g in found.groups() if g))
        out.append(Token("setting", *found.span(), found[0], number=number))
    out += [Token("setting", i, j, text[i:j], number=n) for i, j, n in spans(text)]
    for found in _WHICH_PERIOD.finditer(text):
        english = found["en"] or found["en2"] or found["en3"]
        several = found["some"]
        grain = TimeGrain(english or _PERIOD_GRAINS[found["zh"] or found["zh2"] or several])
        match = TimeMatch(found.span(), found[0], grain=grain)
        number = 0 if several else 1
        out.append(Token("time", *found.span(), found[0], time=match, number=number))
    for found in _BEST_N.finditer(text):
        number = chinese_number(next(g for g in found.groups() if g))
        out.append(Token("limit", *found.span(), found[0], number=number))
    return out


def _amount(found: re.Match[str], which: str = "") -> tuple[float, bool]:
    unit = (found[f"u{which}"] or "").strip()
    value = chinese_number(found[f"n{which}"]) * (-1 if found[f"m{which}"] else 1)
    value *= _SCALE.get((found[f"s{which}"] or "").strip(), 1)
    if unit == "成":
        return value / 10, True
    percent = unit in {"%", "％", "percent"}
    return (value / 100 if percent else value), percent


def _numbers(text: str) -> list[Token]:
    out: list[Token] = []
    for found in _NUMBER.finditer(text):
        value, percent = _amount(found)
        out.append(Token("number", *found.span(), found[0], number=value, percent=percent))
    for found in _NUMBER_WORD.finditer(text):
        value = float(_ENGLISH[found[1]])
        out.append(Token("number", *found.span(), found[0], number=value))
    out += [
        Token("number", *found.span(), found[0], number=0.5, percent=True)
        for found in _HALF.finditer(text)
    ]
    for found in _BETWEEN.finditer(text):
        bounded = (
            found[0].endswith("之间")
            or "~" in found[0]
            or _BETWEEN_BEFORE.search(text[: found.start()])
        )
        (low, p), (high, q) = _amount(found, "a"), _amount(found, "b")
        if not bounded:
            continue
        low = low / 100 if q and not p else low
        if found["sb"] and not found["sa"]:  # 7到464万 is 7万 to 464万
            low *= _SCALE.get(found["sb"].strip(), 1)
        token = Token("number", *found.span(), found[0], number=low, percent=p or q, upper=high)
        out.append(token)
    return out


def _inner_periods(
    raw: str, matches: list[TimeMatch], today: date, as_of: date, calendar: Calendar
) -> list[TimeMatch]:
    """Shorter periods inside matches, for when a neighbouring name claims the rest.

    In `占比 2026年9月` the 比 belongs to 占比; in `last month first-touch revenue` the
    word first belongs to the metric.
    """
    out: list[TimeMatch] = []
    for match in matches:
        start, end = match.span
        cuts: list[tuple[int, int]] = []
        if match.shift is not None and match.shift.period is not None:
            cuts = [(start + 1, end)]
        elif match.period is not None and " " not in match.text and end - start <= _LONGEST:
            cuts = [(start, start + k) for k in range(2, end - start)]
        elif match.period is not None and " " in match.text:
            first, last = match.text.index(" "), match.text.rindex(" ")
            cuts = [(start, start + last), (start + first + 1, end)]
        for cut in cuts:
            inner = find_times(raw[slice(*cut)], today=today, as_of=as_of, calendar=calendar)
            if " " not in match.text and match.shift is None:
                inner = [m for m in inner if m.span == (0, cut[1] - cut[0])]
            out += [
                replace(m, span=(m.span[0] + cut[0], m.span[1] + cut[0])) for m in inner if m.period
            ]
    return out


_COUNT_BEFORE = re.compile(r"(?:\d+|one|two|three|five|ten) (?:last|past|previous|this|next) ")
"""In `top 3 last month` the 3 belongs to the word before it."""
_LONGEST = 8
_ASKING = re.compile(
    r"(?:看|查|统计|汇总|算|说|列|了解|分析|报|拉|讲|问|瞅|计算|查询|显示|展示|梳理|整理|盘点|复盘)一?下"
)
"""`看下9月` asks to look at September, not at the next nine months (下9月)."""
_RANGE_WORDS = re.compile(r" (?:to|and|until|through|till) |至|到|[-–~]")


def _range_parts(
    match: TimeMatch, today: date, as_of: date, calendar: Calendar
) -> tuple[Period, ...]:
    """The two periods that a range is made of, when each is a period by itself."""
    if match.period is None or match.period.reading is not Reading.RANGE:
        return ()
    for found in _RANGE_WORDS.finditer(match.text):
        sides = (match.text[: found.start()], match.text[found.end() :])
        read = [find_times(s, today=today, as_of=as_of, calendar=calendar) for s in sides]
        periods = [m[0].period for m in read if len(m) == 1 and m[0].period is not None]
        if len(periods) == 2 and all(p.grain is not None for p in periods):
            return tuple(periods)
    return ()


def _latin_inside(text: str, start: int, end: int) -> bool:
    before = start > 0 and is_latin(text[start]) and is_latin(text[start - 1])
    after = end < len(text) and is_latin(text[end - 1]) and is_latin(text[end])
    return before or after


def _headed(token: Token, candidates: dict[int, list[Token]]) -> Token:
    if not (token.of("metric") or token.of("bundle")):
        return token
    shorter = [t for t in candidates[token.start] if t.end < token.end and t.of("dimension")]
    if not shorter:
        return token
    return replace(token, heads=max(shorter, key=lambda t: t.end).of("dimension"))


def _cost(token: Token) -> float:
    """Fewer, longer tokens win; at equal length a period or a limit beats a word."""
    preference = {
        "time": 0.0,
        "setting": -0.1,
        "limit": 0.05,
        "senses": 0.1,
        "number": 0.3,
        "unknown": 0.0,
    }
    fill = 0.05 if token.word() == "fill" else 0.0
    if token.compound:
        fill = 0.15  # 上个月 + 中大型企业, not 上个月中 + 大型企业; 今年 + 今日头条
    return 1.0 + preference[token.kind] + fill - 0.001 * (token.end - token.start)


def _silent(char: str) -> bool:
    """Punctuation, blanks and pictures carry no condition; signs such as > and + may."""
    return (
        char in PUNCTUATION
        or unicodedata.category(char)[0] in "ZC"
        or (unicodedata.category(char) == "So")
    )


def _cheapest(text: str, candidates: dict[int, list[Token]]) -> list[Token]:
    """Dynamic programme from the right: least unexplained text, then fewest tokens."""
    size = len(text)
    best: list[tuple[float, Token | None]] = [(0.0, None)] * (size + 1)
    for i in range(size - 1, -1, -1):
        skip = 0.0 if _silent(text[i]) else 8.0
        best[i] = (best[i + 1][0] + skip, None)
        for token in candidates.get(i, ()):
            cost = best[token.end][0] + _cost(token)
            if cost < best[i][0]:
                best[i] = (cost, token)
    chain: list[Token] = []
    i = 0
    while i < size:
        chosen = best[i][1]
        if chosen is None:
            if not _silent(text[i]):
                chain.append(Token("unknown", i, i + 1, text[i]))
            i += 1
        else:
            chain.append(chosen)
            i = chosen.end
    return chain


def _absorb(chain: list[Token]) -> list[Token]:
    """An unknown glued to a Chinese value is a longer name that does not exist: 西北 + 三区."""
    out = list(chain)
    for i, token in enumerate(out[1:], start=1):
        before = out[i - 1]
        glued = before.end == token.start and not is_latin(token.text[:1])
        if token.kind == "unknown" and glued and before.of("value") and not before.of("metric"):
            out[i - 1] = Token("unknown", before.start, before.end, before.text)
    return out


def _merge_unknown(folded: Folded, chain: list[Token]) -> tuple[Token, ...]:
    out: list[Token] = []
    for token in _absorb(chain):
        last = out[-1] if out else None
        gap = folded.text[last.end : token.start] if last else ""
        if last and last.kind == token.kind == "unknown" and not gap.strip(" "):
            start, end = folded.raw_span(last.start, token.end)
            out[-1] = Token("unknown", last.start, token.end, folded.raw[start:end])
        elif token.kind == "unknown":
            start, end = folded.raw_span(token.start, token.end)
            out.append(Token("unknown", token.start, token.end, folded.raw[start:end]))
        else:
            out.append(token)
    return tuple(out)
