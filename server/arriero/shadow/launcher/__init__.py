"""The small program that starts a command in its place and stays until the last process is gone.

It is run as `python -I -S -c "…from launcher.main import main…"`, so everything in this folder
imports the standard library and its siblings only, and the siblings by relative names.
"""
