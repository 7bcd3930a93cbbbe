"""Runnable evaluations of the product (`python -m evals.<name>`)."""
