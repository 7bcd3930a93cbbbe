"""Slack and WeCom on loopback, with their real limits and failures: for tests and for trying out."""
