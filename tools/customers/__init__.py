"""Customers: health, churn, lifetime value, cross-selling, dormancy, summaries."""
