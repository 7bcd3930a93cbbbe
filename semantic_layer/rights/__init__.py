"""Who may see what: `policies.yml` read, checked, and turned into scopes."""

from semantic_layer.rights.people import Person, read_directory
from semantic_layer.rights.read import read_policies
from semantic_layer.rights.scopes import scope_for
from semantic_layer.rights.spec import Policies

__all__ = ["Person", "Policies", "read_directory", "read_policies", "scope_for"]
