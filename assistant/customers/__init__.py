"""Customers in words: templates and the sentences made of them."""
