"""`arriero/models`: what the provider has; `show` describes a model, `pull` fetches one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcException

from arriero.lsp.messages import (
    ModelDetailsMessage,
    ModelMessage,
    ModelsMessage,
    ModelsParams,
    SelectedModel,
)
from arriero.lsp.progress import Progress, Token
from arriero.models.errors import ModelError
from arriero.models.types import PullProgress

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection

_REQUEST_FAILED = -32803


async def models(connection: Connection, params: ModelsParams) -> ModelsMessage:
    """List the models, after having fetched one where asked; a failure's sentence is an error."""
    attachment = await connection.attached()
    try:
        if params.pull is not None:
            await _pull(connection, attachment, params.pull, params.work_done_token)
        shown = None if params.show is None else await _show(attachment, params.show)
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
            shown=shown,
        )
    except ModelError as error:
        raise JsonRpcException(str(error), code=_REQUEST_FAILED) from error


async def _show(attachment: Attachment, name: str) -> ModelDetailsMessage:
    told = await attachment.provider.show(name)
    return ModelDetailsMessage(
        name=told.name,
        provider=attachment.provider_name,
        capabilities=sorted(told.capabilities),
        family=told.family,
        parameter_size=told.parameter_size,
        quantization=told.quantization,
        trained_window=told.trained_window,
        configured_window=told.configured_window,
    )


async def _pull(
    connection: Connection, attachment: Attachment, name: str, token: Token | None
) -> None:
    """Fetch a model; cancelling the request or its progress stops the fetching."""
    fetching = asyncio.ensure_future(_fetch(attachment, name, lambda one: _report(progress, one)))
    progress = connection.open_progress(f"Arriero: pulling {name}", fetching.cancel, token)
    try:
        await fetching
    finally:
        connection.progresses.close(progress)


async def _fetch(attachment: Attachment, name: str, report: Callable[[PullProgress], None]) -> None:
    async for one in attachment.provider.pull(name):
        report(one)


def _report(progress: Progress | None, one: PullProgress) -> None:
    if progress is not None:
        percentage = min(100, one.completed * 100 // one.total) if one.total else None
        progress.report(one.status, percentage)
