"""Lifetime value: to date, and expected from here by a purchase model that is backtested."""
