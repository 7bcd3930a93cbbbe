"""Who a request comes from: tokens of REST and MCP, one-time sign-in links."""

from bots.accounts.links import SignInLinks, read_secret
from bots.accounts.tokens import Token, Tokens

__all__ = ["SignInLinks", "Token", "Tokens", "read_secret"]
