"""`介绍一下线索 1024`, `我今天先跟进谁`: summarize_lead and rank_leads."""

from __future__ import annotations

from assistant.plan import Note
from assistant.planner.draft import Ask
from assistant.planner.tooling.journey import account_dimensions
from assistant.planner.tooling.setting import Setting

_PIECES = 2


def summary_args(setting: Setting) -> dict[str, object]:
    """Return which lead to summarise: an id, or a name with part of the company's name.

    Raises:
        Ask: Nobody is named, or more was said than a name.
    """
    slots = setting.slots
    setting.refuse()
    pieces = " ".join(slots.unknown).split()
    slots.unknown.clear()
    accounts = account_dimensions(setting.layer)
    companies = [str(s.values[0]) for v in slots.values for s in v.senses[:1] if s.id in accounts]
    strange = len(companies) != len(slots.values) or len(pieces) > _PIECES
    if not pieces or strange or slots.periods or slots.dimensions:
        raise Ask(
            Note(
                zh="哪一条线索？请写线索编号，或姓名加公司。",
                en="Which lead? Give its id, or a name with the company.",
            )
        )
    args: dict[str, object] = {"lead": pieces[0]}
    company = pieces[1] if len(pieces) > 1 else next(iter(companies), "")
    return {**args, "company": company} if company else args


def call_args(setting: Setting) -> dict[str, object]:
    """Return whose call list is wanted: the asker's own view."""
    slots = setting.slots
    setting.refuse(ranked=True)
    if slots.values or slots.dimensions or slots.unknown:
        raise Ask(
            Note(
                zh="跟进清单按您自己的查看范围给出，还不能再加条件。",
                en="The call list is of your own view; conditions cannot be added yet.",
            )
        )
    if slots.periods or slots.shifts:
        today = {"今天", "今日", "today"}
        named = set(slots.period_texts) - today
        if named or slots.shifts:
            raise Ask(Note(zh="跟进清单按今天给出。", en="The call list is as of today."))
    return {"limit": slots.limit} if slots.limit is not None else {}
