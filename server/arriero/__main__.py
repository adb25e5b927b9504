"""The command `arriero`. An editor's `arriero lsp` loads the standard library only."""

from __future__ import annotations

import sys

# What clients add to the command line of a server on stdio.
_HARMLESS = ("--stdio", "--clientProcessId=")


def main() -> None:
    """Run the command line."""
    name, *arguments = sys.argv[1:] or [""]
    if name == "lsp" and all(argument.startswith(_HARMLESS) for argument in arguments):
        from arriero.daemon.forward import exec_forwarder  # before click: this start counts

        exec_forwarder()
    from arriero.cli.app import main as command_line

    sys.exit(command_line())


if __name__ == "__main__":
    main()
