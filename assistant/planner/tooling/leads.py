"""`介绍一下线索 1024`, `我今天先跟进谁`, `这周我的高意向线索`: summarize_lead and rank_leads."""

from __future__ import annotations

from assistant.plan import Note
from assistant.planner.draft import Ask
from assistant.planner.normalise import fold_word
from assistant.planner.slots import Slots
from assistant.planner.tooling.journey import account_dimensions
from assistant.planner.tooling.setting import Setting
from semantic_layer import SemanticLayer

_PIECES = 2
_WARMEST = frozenset(
    {"高意向", "高意向的", "高分", "高分的", "重点", "hot", "hottest", "warmest", "high-intent", "high intent"}
)  # fmt: skip
"""Words for the highest level, whatever a company calls it."""
_BRIEFS = 3
"""How many of a call list are summed up in chat: more would be a page."""
_TODAY = frozenset({"今天", "今日", "今早", "今天早上", "today", "this morning"})


def summary_args(setting: Setting) -> dict[str, object]:
    """Return which lead to summarise: an id, or a name with part of the company's name.

    Raises:
        Ask: Nobody is named, or more was said than a name.
    """
    slots = setting.slots
    setting.refuse()
    accounts, people = account_dimensions(setting.layer), _person_dimensions(setting.layer)
    companies = [str(s.values[0]) for v in slots.values for s in v.senses[:1] if s.id in accounts]
    # A contact may be called as a salesperson is: 介绍一下线索 王静.
    names = [v.text for v in slots.values if {s.id for s in v.senses} & people - accounts]
    pieces = [*names, *" ".join(slots.unknown).split()]
    slots.unknown.clear()
    strange = len(companies) + len(names) != len(slots.values) or len(pieces) > _PIECES
    if not pieces or strange or slots.periods or slots.dimensions:
        raise which_lead()
    args: dict[str, object] = {"lead": pieces[0]}
    company = pieces[1] if len(pieces) > 1 else next(iter(companies), "")
    return {**args, "company": company} if company else args


def _person_dimensions(layer: SemanticLayer) -> set[str]:
    return {name for name, d in layer.definitions.dimensions.items() if d.person}


def which_lead() -> Ask:
    """Return the question back when no lead is named."""
    return Ask(
        Note(
            zh="哪一条线索？请写线索编号，或姓名加公司。",
            en="Which lead? Give its id, or a name with the company.",
        )
    )


def level_said(layer: SemanticLayer, slots: Slots) -> str | None:
    """Return the level of the scoring rules that a question about leads names (高意向线索)."""
    scoring, stages = layer.definitions.scoring, layer.definitions.roles.stages
    leads = {s.metric for s in stages[:1]}
    odd = [fold_word(w) for w in (*slots.unknown, *slots.unclear)]
    if scoring is None or not scoring.levels or not odd:
        return None
    if slots.metrics and not set(slots.metrics) <= leads:
        return None
    named = dict.fromkeys(_WARMEST, scoring.levels[0].id)
    named |= {fold_word(t): lv.id for lv in scoring.levels for t in (lv.label.zh, lv.label.en) if t}
    said = (w for w in named if w in slots.text and all(o in w for o in odd))
    return next((named[w] for w in sorted(said, key=len, reverse=True)), None)


def call_args(setting: Setting) -> dict[str, object]:
    """Return whose call list is wanted: the asker's own view, perhaps of one level or period.

    Raises:
        Ask: A condition was said that the list cannot take.
    """
    slots = setting.slots
    setting.refuse(ranked=True)
    level = level_said(setting.layer, slots)
    if slots.values or slots.dimensions or (slots.unknown and level is None):
        raise Ask(
            Note(
                zh="跟进清单按您自己的查看范围给出，还不能再加条件。",
                en="The call list is of your own view; conditions cannot be added yet.",
            )
        )
    args: dict[str, object] = {"summaries": _BRIEFS}
    if level is not None:
        slots.unknown.clear()
        args["level"] = level
    created = set(slots.period_texts) - _TODAY if level is None else set(slots.period_texts)
    if slots.shifts or (created and level is None):
        raise Ask(Note(zh="跟进清单按今天给出。", en="The call list is as of today."))
    time = setting.time() if created else None
    if time is not None:
        args["time"] = time
    if slots.mine:
        setting.notes.append(Note(zh="“我的”按您的查看范围理解", en="“my” read as your own view"))
    return {**args, "limit": slots.limit} if slots.limit is not None else args
