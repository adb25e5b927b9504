"""The command `arriero`. An editor's `arriero lsp` loads the standard library only."""

from __future__ import annotations

import os
import sys

# What clients add to the command line of a server on stdio.
_HARMLESS = ("--stdio", "--clientProcessId=")


def main() -> None:
    """Run the command line."""
    name, *arguments = sys.argv[1:] or [""]
    if name == "lsp" and all(argument.startswith(_HARMLESS) for argument in arguments):
        from arriero.daemon.forward import exec_forwarder  # before click: this start counts

        exec_forwarder()
    _take_names_as_utf8()
    from arriero.cli.app import main as command_line

    sys.exit(command_line())


def _take_names_as_utf8() -> None:
    """Begin anew where the locale has Python take the names of files for something else.

    Models, editors and git tell them in UTF-8, and one daemon serves terminals of any locale. What
    this process starts hears of it by its environment.
    """
    # With the variable set it is somebody's own option, which would have us begin for ever.
    if sys.getfilesystemencoding() == "utf-8" or os.environ.get("PYTHONUTF8") == "1":
        return
    if os.name != "posix":
        return
    os.environ["PYTHONUTF8"] = "1"
    arguments = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
    os.execv(sys.executable, arguments)  # noqa: S606 - what was called, once more


if __name__ == "__main__":
    main()
