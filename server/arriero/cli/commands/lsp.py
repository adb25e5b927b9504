"""`arriero lsp`: the process that an editor starts."""

from __future__ import annotations

import click

EXAMPLES = """\b
Examples:
  arriero lsp                         what an editor is told to start
  arriero lsp --standalone            without the shared daemon
  arriero lsp --tcp 127.0.0.1:2087    for a client that connects by TCP
"""


@click.command(epilog=EXAMPLES)
@click.option("--standalone", is_flag=True, help="Serve in this process, without the daemon.")
@click.option(
    "--tcp", metavar="HOST:PORT", help="Serve one or more clients by TCP, in this process."
)
@click.option("--stdio", is_flag=True, hidden=True, help="What clients add; it is the default.")
def command(standalone: bool, tcp: str | None, stdio: bool) -> int:  # noqa: ARG001 - the default
    """Speak the Language Server Protocol on stdin and stdout.

    An editor starts this. It relays to the shared daemon, which is started if none runs.
    """
    if standalone and tcp:
        raise click.UsageError("Use --standalone or --tcp, not both: --tcp is standalone too.")
    if not standalone and not tcp:
        from arriero.daemon.forward import exec_forwarder

        exec_forwarder()
    address = _address(tcp) if tcp else None
    from arriero.cli import serve

    return serve.tcp(*address) if address else serve.standalone()


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not separator or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"--tcp needs HOST:PORT, such as 127.0.0.1:2087, not {text}.")
    return host, int(port)
