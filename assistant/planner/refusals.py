"""What is said when a question is not answered: what was not understood, and what is near."""

from __future__ import annotations

from rapidfuzz import fuzz, process

from assistant.plan import Clarification, Note, Refusal
from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold_word
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer
from semantic_layer.compile.facts import shared_dimensions

_NEAR = 60.0


def unexplained(lexicon: Lexicon, slots: Slots) -> Refusal:
    """Name the words that nothing explains, and known ones that look like them."""
    words = tuple(dict.fromkeys(slots.unknown))
    near: list[str] = []
    for word in words:
        near += [n for n in _nearest(lexicon, word) if n not in near]
    shown = "」「".join(words)
    return Refusal(
        code="NOT_UNDERSTOOD",
        message=Note(
            zh=f"没有理解「{shown}」，所以没有计算，以免答非所问。",
            en="I did not understand "
            + ", ".join(f"“{w}”" for w in words)
            + ", so nothing was computed.",
        ),
        hint=Note(
            zh="换个说法，或去掉这个词再问。" if not near else "是不是想问：" + "、".join(near),
            en="Rephrase, or leave it out." if not near else "Did you mean: " + ", ".join(near),
        ),
        candidates=tuple(near[:5]),
    )


def _nearest(lexicon: Lexicon, word: str) -> tuple[str, ...]:
    known = lexicon.named("metric", "dimension", "value", "bundle")
    found = process.extract(fold_word(word), known, scorer=fuzz.ratio, limit=3, score_cutoff=_NEAR)
    return tuple(match for match, _, _ in found)


def no_metric(layer: SemanticLayer, lexicon: Lexicon, slots: Slots) -> Clarification:
    """Ask which number is wanted; those of the funnel that know what was named first."""
    named = {s.id for senses in lexicon.entries.values() for s in senses if s.kind == "metric"}
    defs = layer.definitions
    level = [m for m in defs.metrics if m in named and defs.metrics[m].level != "what"]
    fitting = [m for m in level if _knows(layer, m, slots)] or level
    stages = [s.metric for s in defs.roles.stages]
    fitting.sort(key=lambda m: stages.index(m) if m in stages else len(stages))
    what = [v.text for v in slots.values]
    return Clarification(
        question=Note(
            zh=f"想看{'、'.join(what) + '的' if what else ''}哪个指标？",
            en=f"Which metric{' of ' + ', '.join(what) if what else ''} do you want?",
        ),
        examples=tuple(
            Note(zh=defs.metrics[m].label.get("zh"), en=defs.metrics[m].label.get("en"))
            for m in fitting[:6]
        ),
    )


def _knows(layer: SemanticLayer, metric: str, slots: Slots) -> bool:
    """Whether a metric can be limited to every value named."""
    known = shared_dimensions(layer.context, (metric,))
    return all(any(s.id in known for s in v.senses) for v in slots.values)


def no_records(layer: SemanticLayer, metrics: tuple[str, ...]) -> Clarification:
    """Records are not listed here: a count in their place would be another answer."""
    dims = layer.definitions.dimensions
    shared = shared_dimensions(layer.context, metrics)[:6]
    return Clarification(
        question=Note(
            zh="这里不列出逐条明细，只给统计数字；可以按下面的维度看：",
            en="Single records are not listed here, only figures; they can be broken down by:",
        ),
        examples=tuple(
            Note(zh=dims[d].label.get("zh"), en=dims[d].label.get("en")) for d in shared
        ),
    )


def unclear(slots: Slots) -> Refusal:
    """Name the words that are known but whose role in this question is not."""
    words = tuple(dict.fromkeys(slots.unclear))
    return Refusal(
        code="NOT_CERTAIN",
        message=Note(
            zh=f"不确定「{'」「'.join(words)}」在这里的意思，所以没有计算，以免答非所问。",
            en="I am not certain what "
            + ", ".join(f"“{w}”" for w in words)
            + " means here, so nothing was computed.",
        ),
        hint=Note(zh="换个说法，或拆成两个问题。", en="Rephrase it, or ask two questions."),
    )


def names_nobody(word: str) -> Clarification:
    """Ask whom a pronoun stands for."""
    return Clarification(
        question=Note(
            zh=f"「{word}」指哪一个？请写出名称再问。",
            en=f"“{word}”: of which one? Please name it.",
        )
    )


def no_targets() -> Refusal:
    """Say that figures are not held against a plan, as none is declared."""
    return Refusal(
        code="NO_TARGETS",
        message=Note(
            zh="没有声明目标（计划值），不能算完成率，所以没有计算。",
            en="No targets are declared, so that attainment cannot be computed.",
        ),
        hint=Note(
            zh="可以问实际值，和上期或去年同期比；目标可以作为指标写进语义层。",
            en="Ask for the figure itself, or against an earlier period; targets can be declared as metrics.",
        ),
    )


def no_drivers(layer: SemanticLayer, slots: Slots) -> Refusal:
    """Say that causes cannot be analysed, and what comes nearest for this metric."""
    name = next(iter(slots.metrics), "")
    metric = layer.definitions.metrics.get(name)
    dims = shared_dimensions(layer.context, (name,)) if metric else ()
    message = Note(zh="还不能分析原因。", en="Explaining why is not possible yet.")
    if metric is None or not dims:
        hint = Note(zh="可以先看它的环比。", en="Compare it with an earlier period instead.")
        return Refusal(code="NO_DRIVER_ANALYSIS", message=message, hint=hint)
    by, label = layer.definitions.dimensions[dims[0]].label, metric.label
    return Refusal(
        code="NO_DRIVER_ANALYSIS",
        message=message,
        hint=Note(
            zh=f"可以先拆开比较，例如：上个月各{by.get('zh')}{label.get('zh')}环比",
            en=f"Compare its parts instead, for example: {label.get('en')} by {by.get('en')} last month MoM",
        ),
    )
