"""Conversations and their events, on disk before they are shown."""
