"""Who a request comes from: REST tokens, one-time sign-in links, names in other channels."""

from bots.accounts.identities import Identities, Identity
from bots.accounts.links import SignInLinks, read_secret
from bots.accounts.tokens import Token, Tokens

__all__ = ["Identities", "Identity", "SignInLinks", "Token", "Tokens", "read_secret"]
