from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.workspace.uris import is_uri, path_to_uri, uri_to_path

POSIX = [
    ("/home/a/b.py", "file:///home/a/b.py"),
    ("/", "file:///"),
    ("/a b/ü#?%.py", "file:///a%20b/%C3%BC%23%3F%25.py"),
    ("/a/b:c", "file:///a/b%3Ac"),
    (os.fsdecode(b"/caf\xe9"), "file:///caf%E9"),
    ("untitled:Untitled-1", "untitled:Untitled-1"),
    ("vscode-notebook-cell:/a.ipynb#x", "vscode-notebook-cell:/a.ipynb#x"),
]
WINDOWS = [
    ("C:\\Users\\a b.py", "file:///c%3A/Users/a%20b.py"),
    ("d:/x", "file:///d%3A/x"),
    ("\\\\server\\share\\x", "file://server/share/x"),
    ("untitled:Untitled-1", "untitled:Untitled-1"),
]


@pytest.mark.parametrize(("path", "uri"), POSIX)
def test_a_path_and_its_uri(path: str, uri: str) -> None:
    assert path_to_uri(path, windows=False) == uri
    assert uri_to_path(uri, windows=False) == path


@pytest.mark.parametrize(("path", "uri"), WINDOWS)
def test_a_windows_path_has_a_uri(path: str, uri: str) -> None:
    assert path_to_uri(path, windows=True) == uri


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file://localhost/etc/hosts", "/etc/hosts"),
        ("FILE:///a", "/a"),
        ("file:/a/b", "/a/b"),
        ("file:///a.py#L10", "/a.py"),
        ("file:///a.py?x=1", "/a.py"),
        ("file://", "/"),
        ("file://server/share/x", "//server/share/x"),
        ("/already/a/path", "/already/a/path"),
        ("https://example.org/a", "https://example.org/a"),
        ("file:///a%00b", "/a\0b"),
        ("file:///\ud800", "/\udced\udca0\udc80"),  # bytes, as those of other names
    ],
)
def test_uris_as_clients_write_them(uri: str, path: str) -> None:
    assert uri_to_path(uri, windows=False) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///c%3A/Users/x", "C:\\Users\\x"),
        ("file:///C:/Users/x", "C:\\Users\\x"),
        ("file:///c:", "C:\\"),
        ("file://server/share/x", "\\\\server\\share\\x"),
    ],
)
def test_windows_uris_as_clients_write_them(uri: str, path: str) -> None:
    assert uri_to_path(uri, windows=True) == path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("untitled:1", True),
        ("file:///x", True),
        ("C:\\x", False),
        ("/x:y", False),
        ("a/b:c", False),
    ],
)
def test_a_drive_is_no_scheme(text: str, expected: bool) -> None:
    assert is_uri(text) is expected


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_any_name_of_a_file_survives(name: bytes) -> None:
    path = os.fsdecode(b"/" + name)
    uri = path_to_uri(path, windows=False)
    assert uri.isascii()
    if not path.startswith("//"):  # which would be a host
        assert uri_to_path(uri, windows=False) == path
