"""Secrets are hidden in what a model is shown, ordinary code is not, and edits give them back."""

from __future__ import annotations

import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.observe import detectors, secrets
from arriero.observe.masking import masked
from arriero.observe.secrets import NAME, hidden, revealed, unknown_names


@pytest.fixture(autouse=True)
def _loaded() -> None:
    secrets.load()


def made(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Return what looks like a token; the same each time, and in no file as it is."""
    return "".join(random.Random(length).choices(alphabet, k=length - 2)) + "9a"


KEY_BODY = "\n".join(made(64) for _ in range(5))
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\n-----END RSA PRIVATE KEY-----\n"
FORMS = [
    ("AWS", "AKIA{}", made(16, string.ascii_uppercase + string.digits).upper()),
    ("GitHub", "ghp_{}", made(36)),
    ("GitHub fine", "github_pat_{}", made(60)),
    ("GitLab", "glpat-{}", made(20)),
    ("OpenAI", "sk-proj-{}", made(48)),
    ("Anthropic", "sk-ant-api03-{}", made(60)),
    ("Google", "AIza{}", made(35)),
    ("Slack", "xoxb-{}", f"{made(12, string.digits)[:-1]}1-{made(24)}"),
    ("Stripe", "sk_live_{}", made(24)),
    ("npm", "//registry.npmjs.org/:_authToken={}", "npm_" + made(36)),
    ("Hugging Face", "hf_{}", made(34)),
    ("our gateway's", "arr_{}", made(43)),
    ("PyPI", "pypi-AgEIcHlwaS5vcmc{}", made(80)),
    ("SendGrid", "SG.{}", f"{made(22)}.{made(43)}"),
    ("JWT", "eyJhbGciOiJIUzI1NiJ9.{}", f"eyJzdWIiOiIxMjM0NTY3ODkwIn0.{made(43)}"),
    ("header", "Authorization: Bearer {}", made(40)),
    ("address", "postgres://app:{}@db.internal:5432/x", "hunter2xyz"),
]  # fmt: skip
GIVEN = [
    "DB_PASSWORD={}",
    "export API_KEY={}",
    "    {}".replace("{}", 'password = "{}"'),
    '  "clientSecret": "{}",',
    "api-key: '{}'",
    "access_token={}",
    "MY_APP_SECRET_KEY='{}'  # do not share",
    "config.auth_key = '{}';",
    "     3\tDB_PASSWORD={}",
    ".env:3: SECRET={}",
    "password: {}",
]
ORDINARY = [
    "token = request.headers['X-Token']",
    "password: str = Field(default='')",
    "const token: Uint8Array = await read()",
    "secret = os.environ['SECRET_KEY_2']",
    "PASSWORD=$DB_PASSWORD_1",
    "API_KEY=${API_KEY_V2}",
    "api_key = settings.api_key_v1",
    "token: ${{ secrets.GITHUB_TOKEN_2 }}",
    "password = 'changeme1'",
    'api_key="your-api-key-1234"',
    "API_KEY=xxxxxxxxxxxx1",
    "secret: example-secret-1",
    "TOKEN=***masked-12ab***",
    "commit 8a6f3b0c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f70",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "https://user:pass@host/",
    "max_tokens = 4096",
    "sort_key='name2'",
    "tokens = tokenizer.encode('<s>')",
    "redis://[[username]:[password]]@localhost:6379/0",
    "PrivateKey = rust_openssl.hpke.X25519PrivateKey",
    "secret_file = './keys/prod1.pem'",
    "-----BEGIN CERTIFICATE-----\nMIIB9a\n-----END CERTIFICATE-----",
    "sk-learn is not sk-something, and hf_hub_download is a function",
]  # fmt: skip


@pytest.mark.parametrize(("form", "value"), [row[1:] for row in FORMS], ids=[f[0] for f in FORMS])
@pytest.mark.parametrize("around", ["{}", "x = f({})\n", "     7\t{}\n     8\tnext", "a\n{}\nb"])
def test_tokens_of_known_forms(form: str, value: str, around: str) -> None:
    text = around.replace("{}", form.format(value))
    shown = hidden(text)
    assert value not in shown
    assert NAME.search(shown)
    assert revealed(shown, text) == text
    assert value not in masked(text), "in logs and the audit trail neither"


@pytest.mark.parametrize("line", GIVEN)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_values_of_names_that_say_what_they_are(line: str, end: str) -> None:
    value = "a8Hunter2-xyz0"
    text = line.replace("{}", value) + end
    shown = hidden(text)
    assert value not in shown
    assert NAME.sub(value, shown) == text, "names, quotes and all else stay"
    assert revealed(shown, text) == text


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_code_stays_as_it_is(text: str) -> None:
    assert hidden(text) == text
    assert hidden(f"a = 1\n{text}\n") == f"a = 1\n{text}\n"


def test_private_keys() -> None:
    text = f"before\n{PEM}after\n"
    shown = hidden(text)
    assert re.fullmatch(
        r"before\n-----BEGIN RSA PRIVATE KEY-----\*\*\*masked-[0-9a-f]{4}\*\*\*"
        r"-----END RSA PRIVATE KEY-----\nafter\n",
        shown,
    )
    assert revealed(shown, text) == text
    numbered = "".join(f"{n:>6}\t{line}\n" for n, line in enumerate(text.splitlines(), 1))
    assert set(NAME.findall(hidden(numbered))) == set(NAME.findall(shown)), "one name for one key"
    cut = text[: text.index(KEY_BODY) + 200]
    assert KEY_BODY[:64] not in hidden(cut), "of which the end is not shown"
    tail = text[text.index(KEY_BODY) + 70 :]
    assert KEY_BODY[-64:] not in hidden(tail), "or the beginning"


def test_one_secret_has_one_name() -> None:
    one, two = made(36), made(37)
    shown = hidden(f"A_TOKEN=ghp_{one}\nB_TOKEN=ghp_{two}\nagain ghp_{one}\n")
    names = NAME.findall(shown)
    assert (len(names), len(set(names))) == (3, 2)
    assert hidden(f"x = 'ghp_{one}'").count(names[0]) == 1


def test_a_name_of_another_file_stays_and_is_told() -> None:
    shown = hidden(f"TOKEN=ghp_{made(36)}")
    (name,) = NAME.findall(shown)
    assert revealed(shown, "nothing here") == shown
    assert unknown_names(shown, "nothing here") == [name]
    assert unknown_names(shown, f"somebody wrote {name} here") == []


def test_long_texts_are_read_in_pieces_without_a_seam() -> None:
    lines = [f"line {number} of an ordinary text\n" for number in range(4000)]
    value = f"ghp_{made(36)}"
    for place in (0, 700, 1111, 3999):
        text = "".join([*lines[:place], f"TOKEN={value}\n", *lines[place:]])
        assert hidden(text) == text.replace(value, NAME.findall(hidden(text))[0])
    assert value not in hidden("x " * 40_000 + value + " y" * 40_000)


@given(st.text(max_size=300), st.sampled_from([row[1].format(row[2]) for row in FORMS]))
def test_whatever_stands_around(text: str, secret: str) -> None:
    whole = f"{text}\n{secret}\n{text}"
    shown = hidden(whole)
    assert hidden(shown) == shown, "what is hidden is not hidden again"
    assert revealed(shown, whole) == whole


def test_without_the_library_our_own_patterns_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "_patterns", [])
    assert made(36) not in hidden(f"TOKEN=ghp_{made(36)}")
    assert made(36) not in masked(f"ghp_{made(36)}")


@pytest.mark.parametrize(
    "line", ['"id":{},"api_token":"{}",', "n{}=1;t='{}';", '{{"{}":"Bearer {}"}}']
)
def test_a_line_of_a_whole_file_hides_as_much_as_short_ones(line: str) -> None:
    value = f"ghp_{made(36)}"
    for number in range(7_900, 8_100):  # around the seam, wherever it is
        text = "x" * (number % 97) + line.format(number, value) * 200
        assert value not in hidden(text)
