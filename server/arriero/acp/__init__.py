"""The Agent Client Protocol (version 1): on the connection of an editor, and for plain ACP clients.

`register` adds it to a connection, `warm` imports its types ahead of need.
"""

from arriero.acp.door import AcpDoor, register, warm

__all__ = ["AcpDoor", "register", "warm"]
