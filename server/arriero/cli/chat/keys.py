"""What the keys do in the input line of a chat."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, completion_is_selected, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

if TYPE_CHECKING:
    from arriero.cli.chat.input import ChatInput


def bindings(keys: ChatInput) -> KeyBindings:
    """Return the keys that differ from those of any line editor."""
    found = KeyBindings()
    asked = Condition(lambda: keys.asked)
    # In a search (Ctrl-R) the keys are the line editor's own: Enter takes what is found.
    typing = ~asked & ~is_searching
    # Before the first picture is drawn the terminal makes Ctrl-J of Enter.
    for enter in ("enter", "c-j"):
        found.add(enter, filter=typing & ~completion_is_selected)(_send(keys))
        found.add(enter, filter=typing & completion_is_selected)(_take_completion)
        found.add("escape", enter, filter=typing)(_new_line)
    found.add("c-l")(lambda event: event.app.renderer.clear())
    found.add("c-z")(lambda _: keys.suspend())
    found.add("c-d", filter=typing)(_end)
    found.add("c-d", filter=asked)(lambda _: keys.no_answer())

    @found.add("c-c", filter=asked | ~is_searching)
    def interrupt(event: KeyPressEvent) -> None:
        if not keys.interrupted():
            idle = not event.current_buffer.text and not keys.asked
            keys.no_answer()
            event.current_buffer.reset()
            if idle:
                keys.nothing_to_end()

    def answer(event: KeyPressEvent) -> None:
        keys.pressed(event.data)

    # Each by its name: "any key" would take what the terminal itself says, and what is pasted.
    for key in ("enter", "c-j", *string.ascii_letters, *string.digits, "?", "space"):
        found.add(key, filter=asked, eager=True)(answer)
    return found


def _send(keys: ChatInput) -> Callable[[KeyPressEvent], None]:
    def send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if _goes_on(buffer):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        elif text := buffer.text.strip():
            buffer.append_to_history()
            buffer.reset()
            keys.sent(text)
        else:
            buffer.reset()

    return send


def _goes_on(buffer: Buffer) -> bool:
    document = buffer.document
    return document.is_cursor_at_the_end and document.char_before_cursor == "\\"


def _take_completion(event: KeyPressEvent) -> None:
    event.current_buffer.complete_state = None


def _new_line(event: KeyPressEvent) -> None:
    event.current_buffer.insert_text("\n")


def _end(event: KeyPressEvent) -> None:
    if not event.current_buffer.text:
        event.app.exit(exception=EOFError)
