"""How a question becomes an answer. Channel-neutral."""

from assistant.answer import Answer
from assistant.ask import Assistant

__all__ = ["Answer", "Assistant"]
