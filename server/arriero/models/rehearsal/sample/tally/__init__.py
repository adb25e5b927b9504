"""Shared expenses: who paid, who owes, and how to settle it."""
