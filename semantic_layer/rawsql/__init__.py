"""SQL of analysts: parsed, allowed piece by piece, rewritten through the door, run apart."""

from semantic_layer.rawsql.guard import Guarded, guard_sql
from semantic_layer.rawsql.lane import SqlLane
from semantic_layer.rawsql.process import SqlProcess

__all__ = ["Guarded", "SqlLane", "SqlProcess", "guard_sql"]
