"""One identity: which raw records are one human, why, and how to undo it."""
