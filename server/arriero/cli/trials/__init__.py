"""Trying what a provider can do, question by question."""
