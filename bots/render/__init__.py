"""Answers as text for each channel; pure."""
