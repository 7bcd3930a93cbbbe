"""The durable inbox and outbox between channels and the assistant.

A channel stores what came in with `Inbox.receive` before it acknowledges, and registers itself
with a `Runner`, which answers each event once and delivers each part of an answer at most once.
"""

from bots.inbox.channel import Channel, Fate, Handler, NotSent, Rejected
from bots.inbox.model import DeadLetter, Draft, InboundEvent, Job, Limits, Part, Received
from bots.inbox.runner import Runner
from bots.inbox.store import Inbox

__all__ = [
    "Channel",
    "DeadLetter",
    "Draft",
    "Fate",
    "Handler",
    "InboundEvent",
    "Inbox",
    "Job",
    "Limits",
    "NotSent",
    "Part",
    "Received",
    "Rejected",
    "Runner",
]
