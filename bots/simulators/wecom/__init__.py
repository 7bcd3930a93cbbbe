"""A WeCom on loopback."""
