"""Leads for sales: who to call, why, and what to say. The tools are in the modules."""
