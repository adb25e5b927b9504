"""File URIs and paths (RFC 8089), and what has no path: other schemes pass through unchanged."""

from __future__ import annotations

import os
import re
from urllib.parse import quote, unquote_to_bytes

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"/?([A-Za-z])(?::|%3[Aa])(?=[/\\]|$)")
# What RFC 3986 allows in a path, without ":" as the editors write drive letters with "%3A".
_SAFE = "/-._~!$&'()*+,;=@"


def is_uri(text: str) -> bool:
    """Tell whether a text begins with a URI's scheme; one letter and a colon are a drive."""
    return _SCHEME.match(text) is not None


def path_to_uri(path: str, *, windows: bool = os.name == "nt") -> str:
    """Return the `file:` URI of an absolute path; what is a URI already stays as it is.

    Bytes of a name that are not UTF-8 (surrogate escapes) are kept as percent-encoded bytes.
    """
    if windows:
        path = path.replace("\\", "/")
        if path.startswith("//"):
            return "file:" + _quoted(path)
        if _DRIVE.match(path):
            return "file:///" + _quoted(path[0].lower() + path[1:])
    return path if is_uri(path) else "file://" + _quoted(path)


def uri_to_path(uri: str, *, windows: bool = os.name == "nt") -> str:
    """Return the path that a `file:` URI names; a path or a URI of another scheme as it is.

    Query and fragment are left out. A host other than localhost makes a UNC path.
    """
    if uri[:5].lower() != "file:":
        return uri
    rest = re.split(r"[?#]", uri[5:], maxsplit=1)[0]
    host = ""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        rest = slash + path
    if host.lower() not in ("", "localhost"):
        rest = f"//{host}{rest}"
    path = os.fsdecode(unquote_to_bytes(rest.encode("utf-8", "surrogatepass"))) or "/"
    if not windows:
        return path
    drive = _DRIVE.match(path)
    if drive:
        path = f"{drive[1].upper()}:{path[drive.end() :] or '/'}"
    return path.replace("/", "\\")


def _quoted(path: str) -> str:
    return quote(os.fsencode(path), safe=_SAFE)
