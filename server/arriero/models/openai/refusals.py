"""What the person is told when an OpenAI-compatible server refuses or fails."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.models import sentences, trust
from arriero.models.errors import (
    CallUnreadable,
    FillingUnsupported,
    ModelError,
    ModelNotFound,
    PromptUnsupported,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
)
from arriero.models.openai.servers import Server


@dataclass(frozen=True)
class Asked:
    """Which model of which server a request was for; `model` is empty for listings."""

    provider: str
    base_url: str
    server: Server
    model: str = ""


class Loading(ServerBusy):
    """The server answers, and is still loading its model."""


class NoRoute(ProviderUnavailable):
    """The server answers, and has no such route."""


class NotThere(NoRoute):
    """The server says itself that it has no such route."""


class Dropped(StreamBroken):
    """The connection was lost, or the answer ended before anything said so."""


def unreachable(asked: Asked, error: BaseException | None) -> ProviderUnavailable:
    """Nothing listens at the address, or it does not take the connection, or is not trusted."""
    if error and (told := trust.refused(asked.provider, asked.base_url, error)):
        return told
    return ProviderUnavailable(
        f"{upper(asked)} does not answer at {asked.base_url}: {asked.server.start}.",
        cause=repr(error),
    )


def no_pull(asked: Asked) -> ModelError:
    """The protocol has no way to fetch a model."""
    return ModelError(
        f"Models cannot be fetched through {asked.server.label}: download {asked.model} with its "
        "own means, and load it there."
    )


def not_compatible(asked: Asked, cause: str) -> NoRoute:
    """Something answers, but not with OpenAI's protocol."""
    return NoRoute(
        f"What answers at {asked.base_url} does not speak OpenAI's protocol there: set "
        f"`providers.{asked.provider}.base_url` to the address before `/chat/completions`, which "
        "usually ends with `/v1`.",
        cause=cause,
    )


def not_there(asked: Asked, cause: str) -> NotThere:
    """Something answers, and refuses the address."""
    return NotThere(str(not_compatible(asked, cause)), cause=cause)


def no_list(asked: Asked, cause: str) -> NotThere:
    """Something answers, and does not list models: it has no list, or is something else."""
    entry = f"providers.{asked.provider}"
    return NotThere(
        f"What answers at {asked.base_url} does not speak OpenAI's protocol there, or does not "
        f"list its models: set `{entry}.base_url` to the address before `/chat/completions`, which "
        f"usually ends with `/v1`, or name the models in `{entry}.models`.",
        cause=cause,
    )


def broken(asked: Asked, cause: str) -> StreamBroken:
    """The answer held something that cannot be read, or the server gave it up."""
    return StreamBroken(_stopped(asked), cause=cause)


def dropped(asked: Asked, cause: str) -> Dropped:
    """The answer stopped before its end."""
    return Dropped(_stopped(asked), cause=cause)


def silent(asked: Asked, seconds: float) -> StreamBroken:
    """The answer began, and nothing further came."""
    return StreamBroken(
        sentences.silent(asked.provider, asked.model, seconds), cause="idle timeout"
    )


def unreadable_call(asked: Asked, cause: str, text: str) -> CallUnreadable:
    """A tool call that the server or we cannot read; `text` is the call as the model wrote it."""
    return CallUnreadable(
        f"{asked.model} wrote a tool call that cannot be read: ask again in other words, or choose "
        "another model.",
        cause=cause,
        text=text,
    )


def no_model(asked: Asked, cause: str, names: str = "") -> ModelNotFound:
    """The server lacks the model; `names` are those that it has."""
    others = f"choose one that is there: {names}" if names else "choose another one"
    return ModelNotFound(
        f"{upper(asked)} at {asked.base_url} has no model {asked.model}: load it there, or "
        f"{others}.",
        cause=cause,
    )


def no_filling(asked: Asked, cause: str) -> FillingUnsupported:
    """The server, or its model, does not write what belongs between two texts."""
    return FillingUnsupported(
        f"{upper(asked)} cannot complete in the middle of a text with {asked.model}: set "
        "`completion.provider` and `completion.model` to what can.",
        cause=cause,
    )


def no_route(asked: Asked, cause: str, *, prompt: bool) -> ModelError:
    """The server has no route to fill in the middle, or for a prompt that stands alone."""
    if not prompt:
        return no_filling(asked, cause)
    return PromptUnsupported(
        f"{upper(asked)} takes no prompt as it is: send the conversation as messages instead.",
        cause=cause,
    )


def _stopped(asked: Asked) -> str:
    return (
        f"The answer of {asked.model} stopped in the middle: try again, and look into the log of "
        f"{asked.server.label} if it happens again."
    )


def upper(asked: Asked) -> str:
    """Return the server's name at the beginning of a sentence."""
    label = asked.server.label
    return label if label.startswith(("llama", "vLLM")) else label[:1].upper() + label[1:]
