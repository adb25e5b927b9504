"""Variables of other programs, in every form they take."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.settings import ollama_host
from arriero.settings.dotenv import read_dotenv
from arriero.settings.environment import assignments
from arriero.settings.layers import dotted, load_settings

HOSTS = [
    ("gpu", "http://gpu:11434"),
    ("gpu:8080", "http://gpu:8080"),
    ("0.0.0.0", "http://127.0.0.1:11434"),
    ("0.0.0.0:1234", "http://127.0.0.1:1234"),
    (":1234", "http://127.0.0.1:1234"),
    ("", "http://127.0.0.1:11434"),
    ("::", "http://[::1]:11434"),
    ("[::]:1234", "http://[::1]:1234"),
    ("::1", "http://[::1]:11434"),
    ("[fe80::2]", "http://[fe80::2]:11434"),
    ("http://gpu", "http://gpu:80"),
    ("https://gpu", "https://gpu:443"),
    ("HTTPS://gpu:9", "https://gpu:9"),
    ("http://0.0.0.0:11434/", "http://127.0.0.1:11434"),
    ("https://gpu/ollama/", "https://gpu:443/ollama"),
    ("gpu:port", "http://gpu:11434"),
    ("gpu:99999", "http://gpu:11434"),
    (' "gpu:8080" ', "http://gpu:8080"),
    ("ollama.com", "https://ollama.com:443"),
    ("127.0.0.1:11434", "http://127.0.0.1:11434"),
    ("u:p@lab:9", "http://u:p@lab:9"),  # which the settings refuse
]


@pytest.mark.parametrize(("value", "expected"), HOSTS)
def test_ollama_host(value: str, expected: str) -> None:
    assert ollama_host.base_url(value) == expected


@given(st.text(max_size=40))
def test_any_ollama_host_gives_some_address(value: str) -> None:
    assert "://" in ollama_host.base_url(value)


FOREIGN = [
    ({"OLLAMA_BASE_URL": "http://gpu:1/v1/"}, {"providers.ollama.base_url": "http://gpu:1"}),
    ({"OLLAMA_BASE_URL": "HTTPS://gpu:1"}, {"providers.ollama.base_url": "https://gpu:1"}),
    ({"OLLAMA_BASE_URL": "gpu"}, {"providers.ollama.base_url": "http://gpu:11434"}),
    (
        {"OLLAMA_BASE_URL": "http://b:2", "OLLAMA_HOST": "a"},
        {"providers.ollama.base_url": "http://b:2"},
    ),
    (
        {"OLLAMA_HOST": "a", "ARRIERO_PROVIDERS__OLLAMA__BASE_URL": "http://c:3"},
        {"providers.ollama.base_url": "http://c:3"},
    ),
    ({"DEFAULT_MODEL": "m"}, {"model": "m"}),
    ({"DEFAULT_MODEL": "m", "ARRIERO_MODEL": "n"}, {"model": "n"}),
    ({"WORKSPACE_PATH": "/w"}, {"workspace": "/w"}),
    (
        {"API_HOST": "127.0.0.2", "API_PORT": "8123"},
        {"gateway.host": "127.0.0.2", "gateway.port": 8123},
    ),
    ({"OLLAMA_TOOLS_PORT": "1", "API_PORT": "2"}, {"gateway.port": 1}),
    ({"API_PORT": "1", "ARRIERO_GATEWAY__PORT": "2"}, {"gateway.port": 2}),
    ({"REDIS_HOST": "h"}, {"gateway.redis_url": "**********"}),
    (
        {"LLM_BACKEND": "llama.cpp", "LLM_MODEL": "m", "LLM_BASE_URL": "http://h:8"},
        {"provider": "llamacpp", "model": "m", "providers.llamacpp.base_url": "http://h:8/v1"},
    ),
    ({"LLM_BACKEND": "LM-Studio"}, {"provider": "lmstudio"}),
    (
        {"LLM_BACKEND": "acme", "LLM_BASE_URL": "https://acme.example/api", "LLM_API_KEY": "k"},
        {
            "provider": "acme",
            "providers.acme.kind": "openai",
            "providers.acme.base_url": "https://acme.example/api",
            "providers.acme.default_api_key": "**********",
        },
    ),
    ({"LLM_BASE_URL": "http://h:8/v1"}, {"providers.ollama.base_url": "http://h:8"}),
    (
        {"ARRIERO_PROVIDER": "vllm", "LLM_BASE_URL": "h:8"},
        {"provider": "vllm", "providers.vllm.base_url": "http://h:8/v1"},
    ),
    (
        {"ARRIERO_PROVIDERS__NEW__KIND": "ollama", "ARRIERO_PROVIDERS__NEW__BASE_URL": "http://n"},
        {"providers.new.kind": "ollama", "providers.new.base_url": "http://n"},
    ),
]


@pytest.mark.parametrize(("variables", "expected"), FOREIGN)
def test_foreign_variables(
    variables: dict[str, str], expected: dict[str, object], tmp_path: Path
) -> None:
    loaded = load_settings(environment={"HOME": str(tmp_path), **variables})
    values = dotted(loaded.settings)
    assert {name: values[name] for name in expected} == expected
    assert {loaded.origin(name).layer for name in expected} == {"environment"}


LINES = [
    ("A=1", "1"),
    ("export A=1", "1"),
    ("  A = 1  ", "1"),
    ("A=1 # one", "1"),
    ("A=a#b", "a#b"),
    ("A='x # y'", "x # y"),
    ('A="x\\ny"', "x\ny"),
    ('A="q\\"q" # c', 'q"q'),
    ("A='open", "'open"),
    ("A=", ""),
    ("A=# nothing", ""),
    ("A=1\nA=2", "2"),
    ("junk\nA=1", "1"),
    ("\ufeffA=1", "1"),
]


@pytest.mark.parametrize(("text", "value"), LINES)
def test_dotenv(text: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8")
    assert read_dotenv(path)["A"][0] == value


@given(st.binary(max_size=60))
def test_no_dotenv_breaks_the_reader(data: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        read_dotenv(Path(file.name))


def test_a_folder_named_dotenv_is_no_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert read_dotenv(tmp_path / ".env") == {}


@pytest.mark.parametrize(
    "variables",
    [
        {"API_PORT": "tcp://10.0.0.1:80"},
        {"API_PORT": "99999"},
        {"REDIS_PORT": "tcp://10.0.0.1:6379"},
        {"API_HOST": ""},
    ],
    ids=str,
)
def test_common_names_that_mean_something_else_set_nothing(variables: dict[str, str]) -> None:
    assert not list(assignments(variables, providers=(), selected="ollama"))


def test_the_gateway_is_not_what_a_workspace_calls_its_own() -> None:
    variables = {"API_HOST": "0.0.0.0", "API_PORT": "80", "REDIS_HOST": "cache", "LLM_MODEL": "m"}
    found = assignments(variables, providers=(), selected="ollama", of_workspace=True)
    assert [item.path for item in found] == [("model",)]
