"""The Agent Client Protocol, on the connection of an editor."""
