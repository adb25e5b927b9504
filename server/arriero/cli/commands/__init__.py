"""The commands, one a file; each is loaded when it is used and imports late what is heavy."""
