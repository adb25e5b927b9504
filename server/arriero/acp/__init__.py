"""The Agent Client Protocol (version 1): on the connection of an editor.

`door.register` adds it to a connection, `door.warm` imports its types ahead of need. A client of
plain ACP is served by `arriero acp`, which comes in by such a connection (`cli/acp`).
"""
