"""`arriero audit`: what was done on this machine, on whose word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, FAILED, Failure
from arriero.cli.printable import printable

if TYPE_CHECKING:
    from arriero.observe.audit import AuditTrail

Json = Mapping[str, Any]

EXAMPLES = """\b
Examples:
  arriero audit show --last 20
  arriero audit verify
  arriero audit export trail.jsonl
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Show, check and copy the audit trail.

    It has a line for each run, tool call, permission and edit of every door, chained by hash.
    """


@command.command(epilog="\b\nExample:\n  arriero audit show --run run_7c1e --json")
@click.option("--run", "run_id", metavar="ID", help="Only this run; the id may be cut.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the last N lines.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as they are stored.")
def show(run_id: str | None, last: int | None, as_json: bool) -> int:
    """Show what was done, oldest first."""
    chosen = [e for e in _trail().entries() if str(e.get("run", "")).startswith(run_id or "")]
    for entry in chosen[-last:] if last else chosen:
        click.echo(json.dumps(entry) if as_json else printable(_line(entry)))
    if chosen:
        return DONE
    if run_id is not None:
        raise Failure(f"{run_id} is no run of the audit trail; `arriero audit show` has them.")
    click.echo("Nothing is written down yet.", err=True)
    return DONE


@command.command(epilog="\b\nExample:\n  arriero audit verify")
def verify() -> int:
    """Check that no line was changed or removed. Exit code 1 if one was.

    Who can write the files can write them all anew: keep the printed hash elsewhere to prove more.
    """
    verdict = _trail().verify()
    for flaw in verdict.flaws:
        click.echo(str(flaw), err=True)
    click.echo(f"{verdict.lines} lines hold; the last one's hash is {verdict.last}.")
    return FAILED if verdict.flaws else DONE


@command.command(epilog="\b\nExample:\n  arriero audit export trail.jsonl")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(file: Path) -> int:
    """Copy all lines as they are stored into a new FILE."""
    try:
        with file.open("xb") as out:
            for part in _trail().files():
                out.write(part.read_bytes())
    except FileExistsError as error:
        raise Failure(f"{file} is there already; name a new file.") from error
    except OSError as error:
        raise Failure(f"The trail cannot be copied to {file}: {error.strerror}.") from error
    click.echo(f"Written to {file}.")
    return DONE


def _trail() -> AuditTrail:
    from arriero.observe.audit import AuditTrail
    from arriero.settings.paths import state_dir

    return AuditTrail(state_dir() / "audit")


def _line(entry: Json) -> str:
    words = " ".join(_words(entry))
    return f"{entry.get('at', '')}  {entry.get('run', '')}  {words}"


def _words(entry: Json) -> Iterator[str]:
    yield str(entry.get("kind", "")).replace("_", " ")
    match entry.get("kind"):
        case "run_started":
            yield f"by {entry.get('client')}, {entry.get('mode')}, {entry.get('model')}:"
            yield str(entry.get("prompt"))
        case "tool_started":
            yield f"{entry.get('tool')} {json.dumps(entry.get('arguments'), ensure_ascii=False)}"
        case "tool_ended":
            yield f"{entry.get('tool')}: {entry.get('status')}, {entry.get('ms')} ms"
            if entry.get("edited"):
                yield f"edited {', '.join(entry['edited'])}"
            if entry.get("boundary"):
                yield f"({entry['boundary']})"
        case "permission_asked" | "permission_answered" | "run_ended":
            names = ("question", "answer", "stop_reason", "message")
            yield ", ".join(str(entry[name]) for name in names if entry.get(name))
        case "applied" | "undone":
            yield ", ".join(entry.get("paths", ()))
