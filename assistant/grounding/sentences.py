"""The sentences of a text that the results back on their own, when the whole text does not pass."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.grounding.evidence import Evidence, fold
from assistant.grounding.gate import check
from assistant.grounding.scan import scan

#: A point ends a sentence before a blank only, and not behind a word that is cut short.
_SHORT = "".join(
    rf"(?<!\b{w}\.)" for w in ("vs", "Vs", "No", "no", "approx", "incl", "excl", "e\\.g", "i\\.e")
)
_END = re.compile(rf"(?<=[。！？!?\n])|(?<=[.]){_SHORT}(?=\s+[^\sa-z])")
_BULLET = re.compile(r"^[\s\-*•·]+")
#: With these a sentence goes on about what was said before it.
_GOES_ON = (
    "it", "its", "it's", "they", "them", "their", "this", "that", "these", "those", "such", "he", "she", "the same",
    "the latter", "the former", "the two", "the three", "the other", "the others", "others", "both", "each", "neither", "either", "none",
    "the rest", "the remaining", "the remainder", "the gap", "the difference", "all of", "all three", "all four", "one of",
    "however", "but", "and", "or", "yet", "still", "also", "nor", "while", "whereas", "although", "though", "even so", "instead", "nevertheless", "nonetheless",
    "in addition", "additionally", "moreover", "furthermore", "besides", "beyond", "meanwhile", "likewise", "similarly", "conversely", "otherwise", "in contrast", "by contrast",
    "in comparison", "by comparison", "compared", "on the other", "at the other", "then", "afterwards", "afterward", "after that", "after this", "thereafter", "since then", "from there",
    "next", "second", "secondly", "third", "thirdly", "followed", "finally", "lastly", "of these", "of those", "of them", "of which", "among them", "among these", "among those",
    "so", "thus", "hence", "accordingly", "there", "here", "which", "who", "where", "just behind", "close behind", "behind",
    "其", "它", "这", "那", "该", "此", "后者", "前者", "两者", "二者", "三者", "两地", "三地", "双方", "而", "但", "不过", "然而", "却", "并", "且", "也", "又", "再", "还",
    "则", "同时", "同样", "另", "除此", "随后", "随之", "接着", "接下来", "之后", "此后", "然后", "后来", "最后", "相比", "相较", "相对", "对比", "反之", "反观", "紧", "次",
    "其余", "其他", "其它", "剩余", "差距", "因此", "所以", "于是", "可见", "由此", "据此", "上述", "以上", "虽", "尽管", "至于", "与之", "与此", "当中", "合", "两", "三", "四", "均", "都", "各",
)  # fmt: skip
_BACK = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, (w for w in _GOES_ON if w.isascii())), key=len, reverse=True))})(?![a-z])"
    rf"|(?:{'|'.join(sorted((w for w in _GOES_ON if not w.isascii()), key=len, reverse=True))})"
)
#: These point back from anywhere in a sentence.
_LATTER = re.compile(r"\b(?:latter|former|they|them|these|those)\b|[前后]者|[两二三]者")


@dataclass(frozen=True, slots=True)
class Passing:
    """What is left of a text.

    Attributes:
        text: The sentences that pass, as they were written; empty when none tells a figure.
        kept: How many they are.
        dropped: How many were left out.
    """

    text: str
    kept: int
    dropped: int


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, each with what stands before it; nothing is lost."""
    out: list[str] = []
    for piece in _END.split(text):
        opens = bool(out) and out[-1].rstrip().endswith((":", "："))
        if out and (not piece.strip() or opens):
            out[-1] += piece
        elif piece:
            out.append(piece)
    return tuple(out)


def passing(text: str, evidence: Evidence) -> Passing:
    """Return the part of a text that the evidence backs, sentence by sentence.

    A sentence stays when it passes behind those that stay. Where the one before it was left out,
    it must also pass alone, and may not go on about it (`However, it ...`, `其中 ...`).

    Args:
        text: Prose about the answer, in Chinese or English.
        evidence: What it may rest on.
    """
    kept: list[str] = []
    whole, figures, after_gap = sentences(text), False, False
    for sentence in whole:
        alone = not after_gap or (not _points_back(sentence) and not check(sentence, evidence))
        after_gap = not alone or bool(check("".join((*kept, sentence)), evidence))
        if not after_gap:
            kept.append(sentence)
            figures = figures or _tells(sentence, evidence)
    if not figures:
        return Passing("", 0, len(whole))
    return Passing("".join(kept).strip(), len(kept), len(whole) - len(kept))


def _points_back(sentence: str) -> bool:
    folded = _BULLET.sub("", fold(sentence)).strip()
    return bool(_BACK.match(folded) or _LATTER.search(folded))


def _tells(sentence: str, evidence: Evidence) -> bool:
    return any(t.number is not None or t.claims for t in scan(sentence, evidence))
