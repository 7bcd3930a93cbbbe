"""What was answered to whom, and what they thought of it."""

from bots.records.answers import Answers, Conversation, Kept
from bots.records.feedback import Feedback, Said, Verdict

__all__ = ["Answers", "Conversation", "Feedback", "Kept", "Said", "Verdict"]
