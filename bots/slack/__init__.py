"""Slack: limits, rendering, listeners, sending."""
