"""`arriero run`: one prompt in the current folder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from arriero.cli.failure import CANCELLED, DONE, FAILED, Failure
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.conversation import Apply
    from arriero.cli.interrupt import Interrupts
    from arriero.cli.surroundings import Surroundings
    from arriero.cli.turn import Outcome

EXAMPLES = """\b
Examples:
  arriero run "Why does test_parse fail? Make it pass."
  arriero run --mode ask "What does this project do?"
  git diff | arriero run --mode ask -m "Review this change:" -
"""


@click.command(epilog=EXAMPLES)
@click.argument("text", required=False)
@click.option("-m", "--message", help="The prompt, instead of TEXT or before it.")
@click.option(
    "--mode",
    type=click.Choice(["ask", "edit", "agent", "plan"]),
    help="ask only reads, edit runs nothing, plan proposes steps, agent does everything.",
)
@click.option(
    "--apply",
    "apply_",
    type=click.Choice(["review", "auto", "never"]),
    help="Look at each change first, apply all, or only show them.",
)
@click.option("--model", metavar="NAME", help="The model to use.")
@click.option("--provider", metavar="NAME", help="The entry of `providers` in the settings to use.")
@click.option("--session", metavar="ID", help="Go on with this session.")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines; ask nothing.")
@folder_option
def command(
    text: str | None,
    message: str | None,
    mode: str | None,
    apply_: Apply | None,
    model: str | None,
    provider: str | None,
    session: str | None,
    as_json: bool,
    folder: str | None,
) -> int:
    """Do what TEXT asks, in the current folder. `-` as TEXT reads standard input.

    Nothing in the folder changes before you have seen it, unless with `--apply auto`. Exit codes:
    0 done, 1 failed, 2 wrong usage, 130 cancelled.
    """
    from arriero.cli.interrupt import run
    from arriero.cli.surroundings import find_surroundings

    prompt = _prompt(text, message)
    surroundings = find_surroundings(folder, {"model": model, "provider": provider})
    apply = apply_ or surroundings.loaded.settings.apply
    outcome = run(
        lambda interrupts: _converse(
            interrupts,
            surroundings,
            prompt,
            apply=apply,
            mode=mode,
            session=session,
            as_json=as_json,
        )
    )
    return _exit_code(outcome, apply, as_json=as_json)


def _prompt(text: str | None, message: str | None) -> str:
    parts = [message, sys.stdin.read() if text == "-" else text]
    prompt = "\n\n".join(part.strip() for part in parts if part and part.strip())
    if not prompt:
        raise click.UsageError('Say what to do: arriero run "…"')
    return prompt


async def _converse(
    interrupts: Interrupts,
    surroundings: Surroundings,
    prompt: str,
    *,
    apply: Apply,
    mode: str | None,
    session: str | None,
    as_json: bool,
) -> Outcome:
    from arriero.cli.conversation import Conversation
    from arriero.cli.door import open_door
    from arriero.cli.json_lines import JsonShow
    from arriero.cli.show import TerminalShow
    from arriero.cli.terminal import Terminal
    from arriero.cli.updates import NoticePiece

    terminal = Terminal()
    show = JsonShow() if as_json else TerminalShow(terminal, surroundings.folder)
    for notice in surroundings.loaded.notices:
        show.update(NoticePiece("warning", notice))
    settings = surroundings.loaded.settings
    # The terminal applies what it was allowed to; the daemon shall not do so by itself.
    given = {**surroundings.given, "apply": "review"}
    async with open_door(
        surroundings.folder, terminal.say, settings=given, folders=settings.allowed_dirs
    ) as door:
        asked = terminal if terminal.can_ask and not as_json else None
        conversation = Conversation(door, show, asked, apply=apply)
        await conversation.begin(session, mode=mode, model=surroundings.given.get("model"))

        def interrupt() -> None:
            # A run is cancelled and told to the end; a review of its edits is just left.
            if conversation.running:
                conversation.cancel()
            else:
                interrupts.stop()

        with interrupts.to(interrupt):
            return await conversation.ask(prompt)


def _exit_code(outcome: Outcome, apply: Apply, *, as_json: bool) -> int:
    end = outcome.end
    if end.stop_reason == "cancelled":
        return CANCELLED
    if end.failed:
        raise Failure(end.message)
    if outcome.refused:
        return FAILED
    if outcome.open_hunks and apply != "never" and not as_json:
        _say_what_is_open(outcome, apply)
    # A limit was reached, or the model went in a circle: what was asked is not done.
    return DONE if end.stop_reason == "end_turn" else FAILED


def _say_what_is_open(outcome: Outcome, apply: Apply) -> None:
    from arriero.cli.terminal import Terminal

    count = len(outcome.open_hunks)
    changes = "1 change is" if count == 1 else f"{count} changes are"
    if apply == "review" and not Terminal().can_ask:
        sentence = (
            f"Nothing was applied, as nobody can look at it here ({changes} proposed): "
            "use `arriero run --apply auto`."
        )
    else:
        sentence = f"{changes[0].upper()}{changes[1:]} left open; accept them in an editor."
    click.echo(sentence, err=True)
