"""Which rule, answer or profile decides, and that a workspace's own files only narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.permissions import Call, Permissions
from arriero.agent.permissions.forms import for_session, lasting
from arriero.agent.permissions.shell import read_line
from arriero.settings.layers import load_settings
from arriero.settings.permissions import PermissionSettings
from arriero.settings.rules import parse_rule
from arriero.tools.registry import TOOLS

ROOT = "/w"
_KINDS = {name: tool.kind for name, tool in TOOLS.items()}


def run(line: str, *, confined: bool = False) -> Call:
    return Call("run_command", "execute", {"command": line}, (), (ROOT,), ROOT, confined, "b")


def file(tool: str, path: str) -> Call:
    return Call(tool, _KINDS[tool], {"path": path}, (f"{ROOT}/{path}",), (ROOT,), ROOT)


def renamed(old: str, new: str) -> Call:
    arguments = {"path": old, "new_path": new}
    paths = (f"{ROOT}/{old}", f"{ROOT}/{new}")
    return Call("rename_file", "move", arguments, paths, (ROOT,), ROOT)


def other(tool: str, **arguments: Any) -> Call:
    return Call(tool, "other", arguments, (), (ROOT,), ROOT)


def judged(call: Call, **settings: Any) -> str:
    return Permissions(PermissionSettings(**settings), (ROOT,)).judge(call).verdict


PUSH = ("run_command(git push)",)


@pytest.mark.parametrize(
    ("call", "settings", "verdict"),
    [
        # The profiles.
        (file("read_file", "a"), {"profile": "locked"}, "ask"),
        (file("read_file", "a"), {"profile": "read-only"}, "allow"),
        (file("edit_file", "a"), {"profile": "read-only"}, "deny"),
        (run("ls", confined=True), {"profile": "read-only"}, "deny"),
        (file("edit_file", "a"), {}, "allow"),
        (file("edit_file", "a"), {"profile": "locked"}, "ask"),
        (run("make", confined=True), {}, "allow"),
        (run("make"), {}, "ask"),
        (run("git status"), {}, "allow"),
        (run("make"), {"profile": "trusted"}, "allow"),
        (run("$(x)"), {"profile": "trusted"}, "allow"),
        (run("ls", confined=True), {"profile": "locked"}, "ask"),
        (other("fetch"), {}, "allow"),
        (other("fetch"), {"profile": "locked"}, "ask"),
        # permissions.commands.
        (run("ls", confined=True), {"commands": "ask"}, "ask"),
        (run("make"), {"commands": "allow"}, "allow"),
        (run("make"), {"commands": "allow", "profile": "read-only"}, "deny"),
        (run("make"), {"commands": "allow", "profile": "locked"}, "ask"),
        (run("ls"), {"commands": "deny", "allow": ("run",)}, "deny"),
        (file("read_file", "a"), {"commands": "deny"}, "allow"),
        # deny wins over ask, ask over allow, allow over the profile.
        (run("npm test"), {"allow": ("run_command(npm test)",)}, "allow"),
        (run("npm test"), {"allow": ("run_command(npm *)",), "profile": "read-only"}, "allow"),
        (run("npm test"), {"allow": ("run",), "ask": ("run_command(npm)",)}, "ask"),
        (run("npm test"), {"allow": ("run",), "deny": ("run_command(npm)",)}, "deny"),
        (run("npm test"), {"ask": ("run",), "profile": "read-only"}, "deny"),
        # What allows must cover all of it.
        (run("npm test x"), {"allow": ("run_command(npm test)",)}, "ask"),
        (run("npm test x"), {"allow": ("run_command(npm test *)",)}, "allow"),
        (run("npm test && rm x"), {"allow": ("run_command(npm test *)",)}, "ask"),
        (run("npm test; make"), {"allow": ("run_command(npm *)", "run_command(make)")}, "allow"),
        (run("npm test > x"), {"allow": ("run_command(npm test *)",)}, "ask"),
        (run("npm test $(rm x)"), {"allow": ("run_command(npm *)",)}, "ask"),
        (run("X=1 npm test"), {"allow": ("run_command(npm *)",)}, "ask"),
        (run("./npm test"), {"allow": ("run_command(npm *)",)}, "ask"),
        # What denies is taken broadly.
        *(
            (run(line, confined=True), {"deny": PUSH}, "deny")
            for line in (
                "git push",
                "git push origin main",
                "git  'push'",
                'g"i"t pu\\sh',
                "/usr/bin/git push",
                "git -C x push",
                "git -c a=b --no-pager push -f",
                "ls && git push",
                "ls | xargs git push",
                "sudo -u x git push",
                "env A=b git push",
                "timeout 5 git push",
                "bash -c 'git push'",
                "sh -ec 'cd x; git push'",
                "A=b git push",
                "echo $(git push)",
                "echo `git push`",
                "if true; then git push; fi",
                "f() { git push; }; f",
                "(git push)",
                "git push &",
                "find . -exec git push ';'",
                "eval 'git push'",
                "git push <<E\nE",
            )
        ),
        (run("git pull", confined=True), {"deny": PUSH}, "allow"),
        (run("echo git push", confined=True), {"deny": PUSH}, "allow"),
        (run("git log push", confined=True), {"deny": PUSH}, "allow"),
        # What cannot be read might be what is denied.
        (run("$A push", confined=True), {"deny": PUSH}, "ask"),
        (run("for x in a; do ls; done", confined=True), {"deny": PUSH}, "ask"),
        (run("for x in a; do ls; done", confined=True), {}, "allow"),
        (run("ls 'x", confined=True), {"deny": PUSH, "profile": "trusted"}, "ask"),
        # Files.
        (file("read_file", "secrets/a"), {"deny": ("read(secrets/**)",)}, "deny"),
        (file("read_file", "Secrets/A"), {"deny": ("read(secrets/**)",)}, "deny"),
        (file("grep_search", "secrets/a"), {"deny": ("read_file(secrets/**)",)}, "deny"),
        (file("edit_file", "secrets/a"), {"deny": ("read(secrets/**)",)}, "deny"),
        (file("read_file", "x/secrets/a"), {"deny": ("read(secrets/**)",)}, "allow"),
        (file("read_file", "x/.env"), {"deny": ("read(.env)",)}, "deny"),
        (file("read_file", "x/.env"), {"deny": ("read(./.env)",)}, "allow"),
        (file("read_file", "a.pem"), {"deny": ("*(*.pem)",)}, "deny"),
        (file("read_file", "a.py"), {"deny": ("edit(*.py)",)}, "allow"),
        (file("write_file", "a.py"), {"deny": ("edit(*.py)",)}, "deny"),
        (file("write_file", "db/1.sql"), {"ask": ("edit(db)",)}, "ask"),
        (file("edit_file", "a"), {"deny": ("read(/w/a)",)}, "deny"),
        (file("edit_file", "a"), {"profile": "locked", "allow": ("edit(a)",)}, "allow"),
        (file("edit_file", "A"), {"profile": "locked", "allow": ("edit(a)",)}, "ask"),
        (run("cat secrets/a", confined=True), {"deny": ("read(secrets/**)",)}, "deny"),
        (run("cat <secrets/a", confined=True), {"deny": ("read(secrets/**)",)}, "deny"),
        (run("x --f=secrets/a", confined=True), {"deny": ("read(secrets/**)",)}, "deny"),
        (run("cat x/../secrets/a", confined=True), {"deny": ("read(secrets/**)",)}, "deny"),
        # What other programs obey.
        *(
            (file(tool, name), {}, "ask")
            for tool in ("edit_file", "write_file", "delete_file")
            for name in (
                ".vscode/tasks.json",
                "x/.VSCode/settings.json",
                ".envrc",
                ".husky/pre-commit",
                ".mcp.json",
                ".claude/settings.json",
                "a.code-workspace",
                ".aider.conf.yml",
            )
        ),
        (renamed("a", ".vscode/tasks.json"), {}, "ask"),
        (renamed(".envrc", "a"), {}, "ask"),
        (renamed("a", "b"), {}, "allow"),
        (file("read_file", ".vscode/tasks.json"), {}, "allow"),
        (file("edit_file", "vscode/tasks.json"), {}, "allow"),
        (file("edit_file", "../.vscode/tasks.json"), {}, "allow"),  # the view refuses it
        (file("edit_file", ".envrc"), {"allow": ("edit(.envrc)",)}, "allow"),
        (file("edit_file", ".envrc"), {"profile": "trusted"}, "allow"),
        (file("edit_file", ".envrc"), {"profile": "read-only"}, "deny"),
        # Other tools.
        (other("fetch_document", url="http://a/b"), {"deny": ("fetch_*(http://a/*)",)}, "deny"),
        (other("fetch_document", url="http://c/b"), {"deny": ("fetch_*(http://a/*)",)}, "allow"),
        (other("mcp__Git__push"), {"deny": ("mcp__git__*",)}, "deny"),
        (other("x"), {"profile": "locked", "allow": ("x",)}, "allow"),
        (file("read_file", "a"), {"deny": ("*",)}, "deny"),
    ],
)
def test_who_decides(call: Call, settings: Any, verdict: str) -> None:
    assert judged(call, **settings) == verdict


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ls 'x", "not complete"),
        ("ls; fi", "its program cannot be told"),
        ('rg "\\$x" a', "two readers"),
        ("echo ';'", "an operator as a word"),
        ("ls &", "in the background"),
        ("A=b ls", "sets a variable"),
        ("ls $x", "a variable"),
        ("ls `x`", "another command"),
        ("cat <<E\nx\nE", "several lines as input"),
        ("ls {a,b}", "braces"),
        ("ls\u200b", "U+200B"),
        ("ls \\\n x", "after the end of a line"),
        ("x" * 20_001, "too long"),
        ("if true; then ls; fi", "a condition"),
        ("# nothing", "runs nothing"),
        ("$x a", "a variable"),
        ("*.sh a", "its program cannot be told"),
        ("ls -l 'a b' c\\ d \"e f\" | wc; cd x && cat <y 2>&1 # words", ""),
        ("git show HEAD~1:a.py 2>/dev/null || ! true", ""),
    ],
)
def test_what_cannot_be_read_and_why(line: str, problem: str) -> None:
    found = read_line(line).problem
    assert problem in found
    assert bool(problem) == bool(found)


@pytest.mark.parametrize(
    ("settings", "left_out"),
    [
        ({}, set()),
        ({"profile": "locked"}, set()),
        ({"profile": "read-only"}, {"edit", "execute"}),
        ({"profile": "read-only", "allow": ("run_command(npm test)",)}, {"edit"}),
        ({"commands": "deny", "allow": ("run",)}, {"execute"}),
        ({"deny": ("edit",)}, {"edit"}),
        ({"deny": ("edit(a)",)}, set()),
    ],
)
def test_what_is_never_allowed_is_not_offered(settings: Any, left_out: set[str]) -> None:
    permissions = Permissions(PermissionSettings(**settings), (ROOT,))
    tools = {"read_file": "read", "edit_file": "edit", "run_command": "execute"}
    offered = {kind for name, kind in tools.items() if not permissions.offers(name, _KINDS[name])}
    assert offered == left_out


def test_without_the_grammar_more_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from arriero.agent.permissions import shell

    monkeypatch.setattr(shell, "_parser", lambda: None)
    assert judged(run("git status")) == "ask"
    assert judged(run("git status", confined=True), deny=PUSH) == "ask"
    assert judged(run("git status", confined=True)) == "allow"


def test_a_link_to_what_may_not_be_read_is_that(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/a").write_text("x")
    (tmp_path / "open").symlink_to("secrets")
    root = str(tmp_path.resolve())
    permissions = Permissions(PermissionSettings(deny=("read(secrets/**)",)), (root,))
    for line in ("cat open/a", "cat o*/a", "head -c1 ./open/../secrets/a"):
        call = Call("run_command", "execute", {"command": line}, (), (root,), root, confined=True)
        assert permissions.judge(call).verdict == "deny"


@pytest.mark.parametrize(
    ("call", "forms"),
    [
        (run("git log -3"), ("run_command(git log *)",)),
        (run("pytest -q | tail -3"), ("run_command(pytest *)", "run_command(tail *)")),
        (run("npm run build"), ("run_command(npm run build *)",)),
        (run("python -m pytest x"), ("run_command(python -m pytest *)",)),
        (run("make all"), ("run_command(make all)",)),
        (run("git push origin"), ("run_command(git push origin)",)),
        (run("git log --output=x"), ("run_command(git log --output=x)",)),
        (run("rm 'a b' *"), ("run_command(rm 'a b' '[*]')",)),
        (file("edit_file", "src/a.py"), ("edit_file(src/a.py)",)),
        (file("edit_file", "a.py"), ("edit_file(./a.py)",)),
        (renamed("a.py", "x/b.py"), ("rename_file(./a.py)", "rename_file(x/b.py)")),
        (other("mcp__x"), ("mcp__x",)),
        # Never for good.
        (run("curl x | sh"), ()),
        (run("sh < x"), ()),
        (run("make > x"), ()),
        (run("echo $HOME"), ()),
        (run("rm " + "x" * 500), ()),
        (Call("run_python", "execute", {"code": "1"}, (), (ROOT,), ROOT), ()),
    ],
)
def test_what_an_answer_stands_for(call: Call, forms: tuple[str, ...]) -> None:
    assert lasting(call) == forms
    permissions = Permissions(PermissionSettings(profile="locked"), (ROOT,))
    permissions.always.update(for_session(call))
    assert permissions.judge(call).verdict == "allow"


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(WORDS, min_size=1, max_size=4))
def test_an_answer_holds_for_the_very_same_words_only(one: list[str], two: list[str]) -> None:
    import shlex

    first, second = run(shlex.join(one)), run(shlex.join(two))
    permissions = Permissions(PermissionSettings(profile="locked"), (ROOT,))
    permissions.always.update(for_session(first))
    assert permissions.judge(first).verdict == "allow"
    if first.line != second.line and first.known.kind == "other":
        assert permissions.judge(second).verdict == "ask"


def test_an_answer_for_a_rename_holds_for_no_other_target() -> None:
    permissions = Permissions(PermissionSettings(profile="locked"), (ROOT,))
    permissions.always.update(for_session(renamed("a", "b")))
    assert permissions.judge(renamed("a", "b")).verdict == "allow"
    assert permissions.judge(renamed("a", "Makefile")).verdict == "ask"


@given(WORDS.filter(lambda name: name not in (".", "..") and "/" not in name))
def test_an_answer_holds_for_the_very_same_file_only(name: str) -> None:
    permissions = Permissions(PermissionSettings(profile="locked"), (ROOT,))
    permissions.always.update(for_session(file("edit_file", name)))
    assert permissions.judge(file("edit_file", name)).verdict == "allow"
    for elsewhere in (f"a folder/{name}", f"{name}x", f"x{name}"):
        assert permissions.judge(file("edit_file", elsewhere)).verdict == "ask"


@pytest.mark.parametrize(
    "text", ["", "run_command(", "(x)", "run_command()", "a b(c)", "read(!x)", "read(a\u202eb)"]
)
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_rule(text, "deny")


_RULES = st.lists(
    st.sampled_from(
        [
            "*", "read", "edit", "run", "run_command", "run_command(git push)", "read(secrets/**)",
            "run_command(git *)", "edit(src)", "run_command(npm test)", "read_file(a.py)",
        ]
    ),
    max_size=2,
)  # fmt: skip
_LAYER = st.fixed_dictionaries(
    {},
    optional={
        "profile": st.sampled_from(["locked", "read-only", "review", "trusted"]),
        "commands": st.sampled_from(["auto", "ask", "allow", "deny"]),
        "allow": _RULES,
        "ask": _RULES,
        "deny": _RULES,
    },
)
_CALLS = [
    file("read_file", "a.py"),
    file("read_file", "secrets/k"),
    file("edit_file", "src/a.py"),
    other("fetch"),
    *(
        run(line, confined=confined)
        for line in ("git push", "git status", "npm test", "make", "$(x)")
        for confined in (True, False)
    ),
]


def layer(values: dict[str, Any]) -> str:
    import json

    return json.dumps({"permissions": values}, ensure_ascii=False)


@given(user=_LAYER, workspace=_LAYER, dotenv=_LAYER)
def test_a_workspace_only_narrows(
    tmp_path_factory: pytest.TempPathFactory, user: Any, workspace: Any, dotenv: Any
) -> None:
    """Whatever its settings file and its `.env` say, and also in a trusted workspace."""
    folder = tmp_path_factory.mktemp("layers")
    work, home = folder / "work", folder / "home"
    (work / ".arriero").mkdir(parents=True)
    (home / ".config/arriero").mkdir(parents=True)
    (home / ".config/arriero/config.yaml").write_text(layer(user))
    environment = {"HOME": str(home)}
    alone = load_settings(workspace=work, trusted=True, environment=environment).settings
    (work / ".arriero/config.yaml").write_text(layer(workspace))
    variables = {
        f"ARRIERO_PERMISSIONS__{name.upper()}": value
        if isinstance(value, str)
        else ", ".join(value)
        for name, value in dotenv.items()
    }
    (work / ".env").write_text("".join(f'{n}="{v}"\n' for n, v in variables.items()))
    both = load_settings(workspace=work, trusted=True, environment=environment).settings
    order = ("deny", "ask", "allow")
    for call in _CALLS:
        before = Permissions(alone.permissions, (ROOT,)).judge(call)
        after = Permissions(both.permissions, (ROOT,)).judge(call)
        assert order.index(after.verdict) <= order.index(before.verdict), (call, before, after)
    assert set(alone.left_out) <= set(both.left_out)
