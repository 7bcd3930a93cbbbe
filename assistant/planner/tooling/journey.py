"""`华强精密的客户旅程`, `the journey of lead 1024`: customer_journey."""

from __future__ import annotations

import re

from assistant.plan import Note
from assistant.planner.draft import Ask
from assistant.planner.slots import Slots
from assistant.planner.tooling.setting import Setting
from semantic_layer import SemanticLayer

_SHORT_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_COMPANY = re.compile(r"公司|集团|厂|科技|股份|有限|机械|实业|精密|电子|智能")


def subject_words(slots: Slots) -> list[str]:
    """Return the words that can only be a name or a number: one at most makes sense."""
    return slots.unknown if len(slots.unknown) == 1 else []


def journey_args(setting: Setting) -> dict[str, object]:
    """Return the arguments of a journey: an account, a person or a lead.

    Raises:
        Ask: Nobody is named.
    """
    setting.refuse()
    args = _subject(setting)
    args["time"] = setting.time()
    return {k: v for k, v in args.items() if v is not None}


def _subject(setting: Setting) -> dict[str, object]:
    slots = setting.slots
    accounts = account_dimensions(setting.layer)
    named = [v for v in slots.values if any(s.id in accounts for s in v.senses)]
    others = [v for v in slots.values if v not in named]
    if len(named) == 1 and not others and not slots.unknown:
        return {"account": str(next(s for s in named[0].senses if s.id in accounts).values[0])}
    if len(slots.unknown) == 1 and not slots.values:
        word = slots.unknown.pop()
        about_lead = "lead_word" in slots.intents or bool(slots.metrics)
        if about_lead and re.search(r"\d", word):
            return {"lead": word}
        person = _SHORT_NAME.fullmatch(word) and not _COMPANY.search(word)
        return {"person" if person else "account": word}
    raise Ask(
        Note(
            zh="谁的旅程？请写出一个客户、联系人或线索编号。",
            en="Whose journey? Name one account, person or lead id.",
        )
    )


def account_dimensions(layer: SemanticLayer) -> frozenset[str]:
    """Return the dimensions that hold the account's name."""
    role = layer.definitions.roles.account
    if role is None:
        return frozenset()
    dims = layer.definitions.models[role.model].dims
    return frozenset(d for d, text in dims.items() if text == role.name)
