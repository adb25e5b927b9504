"""`arriero keys`: keys for the gateway."""

from __future__ import annotations

import click

from arriero.cli.failure import DONE

EXAMPLES = """\b
Examples:
  arriero keys new laptop
  arriero keys new ci --requests 60 --tokens 200000
  arriero keys new me --admin
  arriero keys list
"""


@click.group(short_help="Make keys for the gateway.", epilog=EXAMPLES)
def command() -> None:
    """Make keys for `arriero serve`, which knows them by their hashes."""


@command.command(
    short_help="Print a new key, once.",
    epilog="\b\nExample:\n  arriero keys new laptop --requests 60",
)
@click.argument("name")
@click.option("--requests", type=click.IntRange(1, 999_999_999), help="Requests a minute.")
@click.option("--tokens", type=click.IntRange(1, 999_999_999), help="Tokens a minute.")
@click.option("--admin", is_flag=True, help="Open the dashboard with it, too.")
def new(name: str, requests: int | None, tokens: int | None, admin: bool) -> int:
    """Print a new key, once, and the line for `gateway.keys` in your settings."""
    from arriero.settings.api_keys import ApiKey, digest_of, new_key, read_key
    from arriero.settings.layers import user_file

    key = new_key()
    entry = ApiKey(name, digest_of(key), requests, tokens, admin)
    try:
        sound = read_key(str(entry)) == entry
    except ValueError:
        sound = False
    if not sound:
        raise click.UsageError(f'A name is 1 to 64 letters, digits, "_", "-" and ".", not "{name}"')
    click.echo(key)
    click.echo(
        f"This key is not kept anywhere. For {user_file()}:\n\n"
        f'gateway:\n  keys:\n    - "{entry}"\n\n'
        "A gateway that runs already asks for it after its next start.",
        err=True,
    )
    return DONE


@command.command(
    name="list",
    short_help="List the keys with their limits.",
    epilog="\b\nExample:\n  arriero keys list",
)
def list_() -> int:
    """Print the names of the keys in your settings, with their limits."""
    from arriero.cli.surroundings import find_surroundings
    from arriero.settings.api_keys import read_key

    entries = find_surroundings().loaded.settings.gateway.keys
    if not entries:
        click.echo("There is no key; `arriero keys new NAME` makes one.", err=True)
    for entry in entries:
        name, digest, *rest = str(read_key(entry)).split()
        click.echo("  ".join((name, f"{digest[:15]}…", *rest)))
    return DONE
