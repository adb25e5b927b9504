"""`arriero/models`: the models; `show` describes, `pull` fetches and `probe` tries one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException

from arriero.agent.model_profile import ModelProfile, digest_of
from arriero.agent.probe import probe
from arriero.agent.token_profile import model_key
from arriero.lsp.model_messages import (
    ModelDetailsMessage,
    ModelMessage,
    ModelsMessage,
    ModelsParams,
    SelectedModel,
)
from arriero.lsp.profile_messages import ProfileMessage
from arriero.lsp.progress import Token
from arriero.models.errors import ModelError

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection

_REQUEST_FAILED = -32803

Report = Callable[[str, int | None], None]


async def models(connection: Connection, params: ModelsParams) -> ModelsMessage:
    """List the models, after having fetched or tried one where asked.

    A failure's sentence is an error.
    """
    attachment = await connection.attached()
    token = params.work_done_token
    try:
        if (name := params.pull) is not None:
            title = f"Arriero: pulling {name}"
            await _shown(connection, title, token, partial(_fetch, attachment, name))
        if (name := params.probe) is not None:
            title = f"Arriero: trying {name}"
            await _shown(connection, title, token, partial(_probe, connection, attachment, name))
        shown = params.show if params.probe is None else params.probe
        return ModelsMessage(
            models=[
                ModelMessage(
                    one.name,
                    attachment.provider_name,
                    one.size,
                    one.parameter_size,
                    one.quantization,
                )
                for one in await attachment.models()
            ],
            selected=SelectedModel(attachment.provider_name, attachment.selected_model),
            shown=None if shown is None else await _show(connection, attachment, shown),
        )
    except ModelError as error:
        raise JsonRpcException(str(error), code=_REQUEST_FAILED) from error


async def _show(connection: Connection, attachment: Attachment, name: str) -> ModelDetailsMessage:
    told = await attachment.provider.show(name)
    digest = await digest_of(attachment.provider, name)
    key = model_key(attachment.provider_name, name, digest)
    profile = await connection.hub.model_profiles.get(key)
    settings = attachment.settings
    entry = settings.providers[attachment.provider_name]
    plan = connection.hub.plans.preview(attachment.provider_name, entry, told, settings.window)
    return ModelDetailsMessage(
        name=told.name,
        provider=attachment.provider_name,
        capabilities=sorted(told.capabilities),
        family=told.family,
        parameter_size=told.parameter_size,
        quantization=told.quantization,
        trained_window=told.trained_window,
        configured_window=told.configured_window,
        profile=None if profile is None else _profile(profile),
        window=plan.window,
        window_source=plan.source,
    )


def _profile(profile: ModelProfile) -> ProfileMessage:
    return ProfileMessage(
        profile.rung,
        profile.native_works,
        profile.prompted_works,
        profile.constrained_works,
        profile.thinks,
        profile.edit_format,
        profile.tokens_per_second,
        profile.prompt_tokens_per_second,
        profile.probed_at,
    )


async def _shown(
    connection: Connection,
    title: str,
    token: Token | None,
    work: Callable[[Report], Coroutine[Any, Any, None]],
) -> None:
    """Do some work under a progress; cancelling the request or the progress stops the work."""

    def report(message: str, percentage: int | None = None) -> None:
        if progress is not None:
            progress.report(message, percentage)

    working = asyncio.ensure_future(work(report))
    progress = connection.open_progress(title, working.cancel, token)
    try:
        await working
    finally:
        connection.progresses.close(progress)


async def _fetch(attachment: Attachment, name: str, report: Report) -> None:
    async for one in attachment.provider.pull(name):
        done = min(100, one.completed * 100 // one.total) if one.total else None
        report(one.status, done)


async def _probe(connection: Connection, attachment: Attachment, name: str, report: Report) -> None:
    """Find out what a model can do, with the options that runs use it with, and keep it."""

    async def say(sentence: str) -> None:
        report(sentence, None)

    hub, settings, provider = connection.hub, attachment.settings, attachment.provider
    entry = settings.providers[attachment.provider_name]
    plan = hub.plans.plan(provider.name, entry, await provider.show(name), settings.window)
    digest = await digest_of(provider, name)
    made = await probe(provider, name, runner=plan.runner, digest=digest, say=say)
    known = await hub.model_profiles.get(made.key)
    edit_format = "" if known is None else known.edit_format
    await hub.model_profiles.save(replace(made, edit_format=edit_format))
