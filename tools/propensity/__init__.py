"""Propensity models that are honest: split in time, searched for leaks, calibrated, refusable."""
