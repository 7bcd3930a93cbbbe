"""Leads in sentences: templates over facts, in Chinese and English."""
