"""Pictures in a request. Only those that stand in it are taken: nothing is fetched."""

from __future__ import annotations

import base64
import binascii

from arriero.gateway.dialect import Refused
from arriero.models.pictures import PictureBroken, check_picture


def from_base64(text: str, where: str) -> bytes:
    """Return the bytes of a picture; raises `Refused` for what is not base64, or not whole.

    Of a kind that we do not know the provider may be able to read.
    """
    try:
        picture = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        picture = b""
    if not picture:
        raise Refused("invalid", f"{where} must be a picture in base64.", parameter=where)
    try:
        check_picture(picture)
    except PictureBroken as error:
        raise Refused(
            "invalid", f"{where} {error}: send the whole picture.", parameter=where
        ) from error
    return picture


def from_url(url: str, where: str) -> bytes:
    """Return the bytes of a picture in a `data:` URL; any other URL is refused."""
    head, comma, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64") or not comma:
        raise Refused(
            "invalid",
            f"{where} must be a data URL with the picture in base64: nothing is fetched.",
            parameter=where,
        )
    return from_base64(data, where)
