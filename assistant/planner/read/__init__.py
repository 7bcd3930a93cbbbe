"""How each kind of token fills the slots of a question."""
