"""From ACP's content blocks to the prompt of a run."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass

from acp import schema

from arriero.agent.request import ContextItem
from arriero.models.pictures import PictureBroken, known_picture
from arriero.workspace.uris import uri_to_path

Block = (
    schema.TextContentBlock
    | schema.ImageContentBlock
    | schema.AudioContentBlock
    | schema.ResourceContentBlock
    | schema.EmbeddedResourceContentBlock
)


@dataclass(frozen=True)
class Prompt:
    """What the user asks, what is put beside it or shown, and what of it could not be used."""

    text: str
    attachments: tuple[ContextItem, ...] = ()
    left_out: tuple[str, ...] = ()
    images: tuple[bytes, ...] = ()

    @property
    def label(self) -> str:
        """A short name for lists and undo: the first line."""
        first = next((line.strip() for line in self.text.splitlines() if line.strip()), "Prompt")
        return first if len(first) <= 60 else first[:59] + "…"


def from_acp(blocks: Sequence[Block]) -> Prompt:
    """Join the blocks in order; a link becomes its path, an embedded text stands beside them."""
    words: list[str] = []
    items: list[ContextItem] = []
    left_out: list[str] = []
    images: list[bytes] = []
    for block in blocks:
        if isinstance(block, schema.TextContentBlock):
            words.append(block.text)
        elif isinstance(block, schema.ResourceContentBlock):
            words.append(_path(block.uri))
        elif isinstance(block, schema.EmbeddedResourceContentBlock):
            resource = block.resource
            words.append(_path(resource.uri))
            if isinstance(resource, schema.TextResourceContents):
                items.append(ContextItem(_path(resource.uri), resource.text))
            else:
                left_out.append(f"{_path(resource.uri)} (not a text)")
        elif isinstance(block, schema.ImageContentBlock):
            try:
                image = base64.b64decode(block.data, validate=True)
                known_picture(image)
            except ValueError:
                left_out.append("an image that cannot be read")
            except PictureBroken as error:
                left_out.append(f"an image that {error}")
            else:
                images.append(image)
        else:
            left_out.append("a sound")
    return Prompt("".join(words).strip(), tuple(items), tuple(left_out), tuple(images))


def _path(uri: str) -> str:
    if not uri.startswith("file:"):
        return uri
    # A name that is not UTF-8 has surrogates, which no model's prompt can carry.
    return os.fsencode(uri_to_path(uri)).decode("utf-8", "replace")
