"""How a question becomes an answer. Channel-neutral."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.answer import Answer
    from assistant.ask import Assistant

__all__ = ["Answer", "Assistant"]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: the time parser needs no assistant."""
    homes = {"Answer": "answer", "Assistant": "ask"}
    if name not in homes:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{homes[name]}"), name)
