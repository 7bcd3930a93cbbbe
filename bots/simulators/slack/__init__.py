"""A Slack on loopback."""
