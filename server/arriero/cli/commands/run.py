"""`arriero run`: one prompt in the current folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import CANCELLED, DONE, FAILED, USAGE, Failure
from arriero.cli.options import conversation_options, folder_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arriero.cli.conversation import Apply
    from arriero.cli.interrupt import Interrupts
    from arriero.cli.show import Show
    from arriero.cli.surroundings import Surroundings
    from arriero.cli.terminal import Terminal
    from arriero.cli.turn import Outcome

EXAMPLES = """\b
Examples:
  arriero run "Why does test_parse fail? Make it pass."
  arriero run --mode ask "What does this project do?"
  git diff | arriero run "Write a commit message"
  arriero run --output-schema todo.json "List the TODOs" | jq .
"""


@click.command(epilog=EXAMPLES)
@click.argument("text", required=False)
@click.option("-m", "--message", help="The prompt, instead of TEXT or before it.")
@conversation_options
@click.option(
    "--image", "images", multiple=True, metavar="FILE", help="A picture to look at; repeatable."
)
@click.option(
    "--output-schema",
    "schema_file",
    metavar="FILE",
    help="A JSON schema: print the last answer alone, as JSON that is valid against it.",
)
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
    images: tuple[str, ...],
    schema_file: str | None,
    as_json: bool,
    folder: str | None,
) -> int:
    """Do what TEXT asks, in the current folder.

    What is piped in stands beside TEXT; with `-` as TEXT it is the prompt itself. `@path` in TEXT
    puts a file beside it. Nothing in the folder changes before you have seen it, unless with
    `--apply auto`. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
    """
    from arriero.cli.interrupt import run
    from arriero.cli.surroundings import find_surroundings

    prompt = _prompt(text, message)
    schema = None if schema_file is None else _schema(schema_file)
    surroundings = find_surroundings(folder, {"model": model, "provider": provider})
    blocks = _blocks(prompt, images, surroundings.folder, typed="-" not in (text, message))
    apply = apply_ or surroundings.loaded.settings.apply
    outcome = run(
        lambda interrupts: _converse(
            interrupts,
            surroundings,
            blocks,
            apply=apply,
            mode=mode,
            session=session,
            schema=schema,
            as_json=as_json,
        )
    )
    return _exit_code(outcome, apply, as_json=as_json)


def _prompt(text: str | None, message: str | None) -> str:
    from arriero.cli.piped_input import read_piped

    parts = [message, read_piped() if text == "-" else text]
    prompt = "\n\n".join(part.strip() for part in parts if part and part.strip())
    if not prompt:
        raise click.UsageError('Say what to do: arriero run "…"')
    return prompt


def _blocks(
    prompt: str, images: Sequence[str], folder: str, *, typed: bool
) -> list[Mapping[str, Any]]:
    """Return the prompt as ACP's blocks, with the pictures and what is piped in beside it."""
    from arriero.cli.chat.mentions import NotAnImage, image_block, read_prompt
    from arriero.cli.piped_input import is_piped, read_piped

    blocks: list[Mapping[str, Any]] = [{"type": "text", "text": prompt}]
    if typed:  # in what came through a pipe `@` names nothing: others may have written that
        read = read_prompt(prompt, folder)
        blocks = list(read.blocks)
        for problem in read.problems:
            click.echo(problem, err=True)
        if is_piped() and (given := read_piped()).strip():
            resource = {"uri": "standard input", "text": given}
            blocks += [
                {"type": "text", "text": "\n\nBeside this stands the "},
                {"type": "resource", "resource": resource},
            ]
    for image in images:
        try:
            blocks.append(image_block(image))
        except NotAnImage as error:
            raise Failure(f"{image} cannot be looked at: {error}.", USAGE) from error
        except OSError as error:
            raise Failure(f"{image} cannot be read: {error.strerror}.", USAGE) from error
    return blocks


def _schema(name: str) -> Mapping[str, Any]:
    from arriero.agent.shaping import BadSchema, check

    try:
        return check(json.loads(Path(name).read_bytes()))
    except OSError as error:
        raise Failure(f"{name} cannot be read: {error.strerror}.", USAGE) from error
    except ValueError as error:
        raise Failure(f"{name} is not JSON: {error}.", USAGE) from error
    except BadSchema as error:
        raise Failure(f"{name} is not a JSON schema: {error}.", USAGE) from error


async def _converse(
    interrupts: Interrupts,
    surroundings: Surroundings,
    blocks: Sequence[Mapping[str, Any]],
    *,
    apply: Apply,
    mode: str | None,
    session: str | None,
    schema: Mapping[str, Any] | None,
    as_json: bool,
) -> Outcome:
    from arriero.cli.conversation import Conversation
    from arriero.cli.door import open_door
    from arriero.cli.terminal import Terminal
    from arriero.cli.updates import NoticePiece
    from arriero.daemon.client import RemoteError

    terminal = Terminal()
    show = _show(terminal, surroundings.folder, as_json=as_json, alone=schema is not None)
    for notice in surroundings.loaded.notices:
        show.update(NoticePiece("warning", notice))
    settings = surroundings.loaded.settings
    # The terminal applies what it was allowed to; the daemon shall not do so by itself.
    given = {**surroundings.given, "apply": "review"}
    async with open_door(
        surroundings.folder, terminal.say, settings=given, folders=settings.allowed_dirs
    ) as door:
        asked = terminal if terminal.can_ask and not as_json and schema is None else None
        conversation = Conversation(door, show, asked, apply=apply)
        await conversation.begin(session, mode=mode)
        if (model := surroundings.given.get("model")) is not None:
            try:
                await conversation.set_model(model)  # what there is to say of it the run will say
            except RemoteError as error:
                return conversation.fail(str(error))

        def interrupt() -> None:
            # A run is cancelled and told to the end; a review of its edits is just left.
            if conversation.running:
                conversation.cancel()
            else:
                interrupts.stop()

        with interrupts.to(interrupt):
            return await conversation.ask(blocks, output_schema=schema)


def _show(terminal: Terminal, folder: str, *, as_json: bool, alone: bool) -> Show:
    from arriero.cli.answer_only import AnswerShow
    from arriero.cli.json_lines import JsonShow
    from arriero.cli.show import TerminalShow

    if as_json:
        return JsonShow()
    return AnswerShow(terminal) if alone else TerminalShow(terminal, folder)


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
