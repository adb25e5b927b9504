"""The layers: who wins, where a value comes from, and what a workspace cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from arriero.settings.errors import SettingsError
from arriero.settings.layers import LoadedSettings, dotted, load_settings, user_file


@dataclass(frozen=True)
class Given:
    """What the layers hold; `trusted` is what the editor says."""

    user: str = ""
    workspace: str = ""
    dotenv: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    editor: Mapping[str, Any] = field(default_factory=dict)
    command_line: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = True


def load(given: Given, folder: Path) -> LoadedSettings:
    environment = {"HOME": str(folder / "home"), **given.environment}
    workspace = folder / "work"
    for path, text in (
        (user_file(environment), given.user),
        (workspace / ".arriero/config.yaml", given.workspace),
        (workspace / ".env", given.dotenv),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(text.replace("FOLDER", str(folder)), encoding="utf-8")
    return load_settings(
        workspace=workspace,
        trusted=given.trusted,
        environment=environment,
        editor=given.editor,
        command_line=given.command_line,
    )


STEPS = "agent: {{max_steps: {}}}".format

VALUES = [
    ("agent.max_steps", 40, "default", Given()),
    ("agent.max_steps", 1, "user", Given(user=STEPS(1))),
    ("agent.max_steps", 2, "workspace", Given(user=STEPS(1), workspace=STEPS(2))),
    (
        "agent.max_steps",
        3,
        "environment",
        Given(workspace=STEPS(2), dotenv="ARRIERO_AGENT__MAX_STEPS=3"),
    ),
    (
        "agent.max_steps",
        4,
        "environment",
        Given(dotenv="ARRIERO_AGENT__MAX_STEPS=3", environment={"ARRIERO_AGENT__MAX_STEPS": "4"}),
    ),
    (
        "agent.max_steps",
        5,
        "editor",
        Given(environment={"ARRIERO_AGENT__MAX_STEPS": "4"}, editor={"agent": {"max_steps": 5}}),
    ),
    (
        "agent.max_steps",
        6,
        "command line",
        Given(editor={"agent": {"max_steps": 5}}, command_line={"agent": {"max_steps": 6}}),
    ),
    # What a workspace says counts only in a trusted one.
    ("model", None, "default", Given(workspace="model: theirs", trusted=False)),
    ("model", None, "default", Given(dotenv="DEFAULT_MODEL=theirs", trusted=False)),
    ("model", "mine", "user", Given(user="model: mine", workspace="model: theirs", trusted=False)),
    ("model", "theirs", "workspace", Given(user="model: mine", workspace="model: theirs")),
    (
        "model",
        "theirs",
        "workspace",
        Given(user="trusted_workspaces: [FOLDER]", workspace="model: theirs", trusted=False),
    ),
    (
        "model",
        "theirs",
        "workspace",
        Given(user="trusted_workspaces: [~/../work]", workspace="model: theirs", trusted=False),
    ),
    (
        "model",
        None,
        "default",
        Given(user="trusted_workspaces: [FOLDER/wor]", workspace="model: theirs", trusted=False),
    ),
    # A workspace makes permissions narrower, never wider.
    ("apply", "review", "workspace", Given(user="apply: auto", workspace="apply: review")),
    ("apply", "review", "default", Given(workspace="apply: auto")),
    ("mode", "ask", "workspace", Given(workspace="mode: ask")),
    ("mode", "ask", "user", Given(user="mode: ask", workspace="mode: agent")),
    (
        "permissions.commands",
        "deny",
        "workspace",
        Given(workspace="permissions: {commands: deny}"),
    ),
    (
        "permissions.commands",
        "auto",
        "default",
        Given(workspace="permissions: {commands: allow}"),
    ),
    (
        "permissions.commands",
        "auto",
        "default",
        Given(dotenv="ARRIERO_PERMISSIONS__COMMANDS=allow"),
    ),
    *(
        (
            "permissions.profile",
            workspace if taken else user,
            "workspace" if taken else "user",
            Given(
                user=f"permissions: {{profile: {user}}}",
                workspace=f"permissions: {{profile: {workspace}}}",
            ),
        )
        for user, workspace, taken in (
            ("trusted", "review", True),
            ("review", "locked", True),
            ("review", "read-only", True),
            ("review", "trusted", False),
            ("read-only", "locked", False),
            ("locked", "read-only", False),
            ("locked", "review", False),
        )
    ),
    ("permissions.profile", "review", "default", Given(workspace="permissions: {profile: [x]}")),
    # The rules of all layers hold together, but for those that a workspace would allow.
    (
        "permissions.deny",
        ["run(a)", "run(b)", "run(c)", "run(d)", "run(e)"],
        "editor",
        Given(
            user="permissions: {deny: [run(a)]}",
            workspace="permissions: {deny: [run(b)]}",
            dotenv="ARRIERO_PERMISSIONS__DENY=run(c)",
            environment={"ARRIERO_PERMISSIONS__DENY": "run(d)"},
            editor={"permissions": {"deny": ["run(e)"]}},
        ),
    ),
    (
        "permissions.allow",
        ["run(a)", "run(d)"],
        "environment",
        Given(
            user="permissions: {allow: [run(a)]}",
            workspace="permissions: {allow: [run(b)]}",
            dotenv="ARRIERO_PERMISSIONS__ALLOW=run(c)",
            environment={"ARRIERO_PERMISSIONS__ALLOW": "run(d)"},
        ),
    ),
    ("shadow.kind", "auto", "default", Given(workspace="shadow: {kind: none}")),
    ("shadow.kind", "overlay", "workspace", Given(workspace="shadow: {kind: overlay}")),
    ("shadow.network", False, "default", Given(workspace="shadow: {network: true}")),
    (
        "shadow.network",
        False,
        "workspace",
        Given(user="shadow: {network: true}", workspace="shadow: {network: false}"),
    ),
    ("shadow.timeout", 120.0, "default", Given(workspace="shadow: {timeout: 900}")),
    ("shadow.timeout", 5.0, "workspace", Given(workspace="shadow: {timeout: 5}")),
    ("allowed_dirs", [], "default", Given(workspace="allowed_dirs: [/]")),
    (
        "allowed_dirs",
        ["/a"],
        "workspace",
        Given(user="allowed_dirs: [/a, /b]", workspace="allowed_dirs: [/a]"),
    ),
    ("trusted_workspaces", [], "default", Given(workspace="trusted_workspaces: [/]")),
    ("daemon.idle_timeout", 1800.0, "default", Given(workspace="daemon: {idle_timeout: 1}")),
    ("log_level", "info", "default", Given(workspace="log_level: debug")),
    # Nor does it say where prompts and keys go; the user's own .env may.
    (
        "providers.ollama.base_url",
        "http://127.0.0.1:11434",
        "default",
        Given(workspace="providers: {ollama: {base_url: 'http://evil.example'}}"),
    ),
    (
        "providers.ollama.base_url",
        "http://gpu:11434",
        "environment",
        Given(dotenv="OLLAMA_HOST=gpu"),
    ),
    (
        "providers.ollama.tools",
        "text",
        "workspace",
        Given(workspace="providers: {ollama: {tools: text}}"),
    ),
    # Variables.
    ("shadow.network", True, "environment", Given(environment={"ARRIERO_SHADOW__NETWORK": "true"})),
    ("model", "3", "environment", Given(environment={"ARRIERO_MODEL": "3"})),
    ("model", "mine", "user", Given(user="model: mine", environment={"ARRIERO_MODEL": ""})),
    ("agent.think", "high", "environment", Given(environment={"ARRIERO_AGENT__THINK": "high"})),
    ("agent.think", False, "environment", Given(environment={"ARRIERO_AGENT__THINK": "false"})),
    (
        "allowed_dirs",
        ["/a", "/b c"],
        "environment",
        Given(environment={"ARRIERO_ALLOWED_DIRS": "/a, /b c,"}),
    ),
    (
        "window.keep_alive",
        300,
        "environment",
        Given(environment={"ARRIERO_WINDOW__KEEP_ALIVE": "300"}),
    ),
    # Editors: camel case, dots, and null or "" for what is not set.
    ("window.num_ctx", 8192, "editor", Given(editor={"window": {"numCtx": 8192}})),
    ("window.num_ctx", 8192, "editor", Given(editor={"window.numCtx": 8192})),
    ("model", "mine", "user", Given(user="model: mine", editor={"model": ""})),
    ("window.num_ctx", None, "default", Given(editor={"window": {"numCtx": None}})),
    ("model", None, "default", Given(editor={"trace.server": "off", "trace": {"server": "off"}})),
    (
        "providers.myBox.default_model",
        "m",
        "editor",
        Given(
            editor={
                "providers": {
                    "myBox": {"kind": "openai", "baseUrl": "http://b/v1", "defaultModel": "m"}
                }
            }
        ),
    ),
    # Keys by convention, and never in clear text.
    (
        "providers.my-box.default_api_key",
        "**********",
        "environment",
        Given(
            user="providers: {my-box: {kind: openai, base_url: 'http://b/v1'}}",
            environment={"MY_BOX_API_KEY": "s3cret"},
        ),
    ),
    ("providers.jan.default_api_key", "**********", "environment", Given(dotenv="JAN_API_KEY=k")),
    (
        "provider",
        "My-Box",
        "environment",
        Given(
            user="providers: {My-Box: {kind: openai, base_url: 'http://b/v1'}}",
            environment={"LLM_BACKEND": "my-box"},
        ),
    ),
    # YAML 1.2: off is a word.
    ("providers.jan.tools", "off", "user", Given(user="providers: {jan: {tools: off}}")),
    # A section of comments only.
    ("agent.max_steps", 40, "default", Given(user="agent:\n  #max_steps: 3\n")),
    ("allowed_dirs", ["FOLDER/home/notes"], "user", Given(user="allowed_dirs: [~/notes]")),
]


@pytest.mark.parametrize(("name", "value", "layer", "given"), VALUES)
def test_a_value_comes_from_the_last_layer_that_may_set_it(
    name: str, value: object, layer: str, given: Given, tmp_path: Path
) -> None:
    loaded = load(given, tmp_path)
    if isinstance(value, list):
        value = [item.replace("FOLDER", str(tmp_path)) for item in value]
    assert dotted(loaded.settings)[name] == value
    assert loaded.origin(name).layer == layer


NOTICES = [
    ((), Given(user="model: a", workspace="model: b")),
    (
        ("config.yaml was not used", "trusted_workspaces"),
        Given(workspace="model: b", trusted=False),
    ),
    (("config.yaml:2", "`apply`", "cannot widen"), Given(workspace="model: b\napply: auto")),
    ((".env: ARRIERO_APPLY", "cannot widen"), Given(dotenv="ARRIERO_APPLY=auto")),
    (
        ("ARRIERO_AGENT__MAX_STEP ", "ARRIERO_AGENT__MAX_STEPS?"),
        Given(environment={"ARRIERO_AGENT__MAX_STEP": "3"}),
    ),
    ((), Given(environment={"ARRIERO_DEBUG": "1", "OTHER": "2"})),
]


@pytest.mark.parametrize(("words", "given"), NOTICES)
def test_what_is_passed_over_is_said(words: tuple[str, ...], given: Given, tmp_path: Path) -> None:
    notices = load(given, tmp_path).notices
    assert len(notices) == (1 if words else 0)
    for word in words:
        assert word in notices[0]


ERRORS = [
    # (the layer, the words that the sentence must have)
    (Given(user="agent:\n  max_step: 4"), "config.yaml, line 2: ", "mean `agent.max_steps`?"),
    (Given(user="max_steps: 4"), "line 1: ", "mean `agent.max_steps`?"),
    (Given(user="maxStep: 4\n"), "line 1: ", "`agent.max_steps`"),
    (Given(user="quux: 4\n"), "line 1: ", "no setting `quux`; `arriero config show`"),
    (Given(user="\nagent: 5"), "line 2: ", "`agent` holds settings, such as `max_steps:`"),
    (Given(user="agent: {think: hi}"), "`agent.think` must be true or false or one of low", ""),
    (Given(user="agent: {max_steps: '4'}"), 'a whole number from 1 to 1000, not "4"', ""),
    (Given(user="agent: {max_steps: true}"), "a whole number", "not true"),
    (Given(user="agent: {max_steps: 0}"), "from 1 to 1000, not 0", ""),
    (Given(user="shadow: {timeout: yes}"), "`shadow.timeout` must be a number", 'not "yes"'),
    (Given(user="shadow: {network: yes}"), "true or false", ""),
    (Given(user="mode: agnt"), "`mode` must be one of ask, edit, agent, plan", ""),
    (Given(user="model: a\nprovider: olama"), "line 2: `provider` must be one of ollama", ""),
    (
        Given(user="providers:\n  my:\n    kind: openai"),
        "line 3: `providers.my` needs `base_url`",
        "",
    ),
    (Given(user="providers: {ollama: {base_url: nowhere}}"), "must be an address such as", ""),
    (Given(user="providers: {ollama: {base_url: 'http://u:p@h'}}"), "must not hold a password", ""),
    (Given(user="providers: {ollama: {hosts: ['ftp://x']}}"), "`providers.ollama.hosts`", ""),
    (Given(user="providers: {jan: {tool: off}}"), "mean `providers.jan.tools`?", ""),
    (Given(user="window: {keep_alive: '5'}"), '"30m"', "line 1"),
    (Given(user="allowed_dirs: [here]"), "`allowed_dirs` must name folders from", ""),
    (Given(user="a: ["), "line 1: is not valid YAML", ""),
    (Given(user="model: a\nmodel: b"), "line 2: has `model` twice", ""),
    (Given(user="- model"), "must hold settings as `key: value` lines", ""),
    (Given(user="[1]: 2"), "line 1: has a key that is not a word", ""),
    (Given(user="a: &a [*a]"), "nested", ""),
    (Given(user="[" * 5000), "config.yaml", ""),
    (Given(user="model: \x01"), "a character that YAML does not allow", ""),
    (Given(workspace="modle: b"), "work/.arriero/config.yaml, line 1", "mean `model`?"),
    (
        Given(environment={"ARRIERO_AGENT__MAX_STEPS": "many"}),
        "ARRIERO_AGENT__MAX_STEPS: ",
        '"many"',
    ),
    (Given(environment={"OLLAMA_HOST": "ftp://x"}), "OLLAMA_HOST: `providers.ollama.base_url`", ""),
    (Given(environment={"OLLAMA_HOST": "http://u:p@h:1"}), "must not hold a password", ""),
    (Given(environment={"LLM_BACKEND": "nobody"}), "LLM_BACKEND: `provider` must be one of", ""),
    (Given(editor={"windw": {"numCtx": 1}}), "editor: ", "mean `window`?"),
    (Given(command_line={"mode": "x"}), "command line: ", ""),
]


@pytest.mark.parametrize(("given", "first", "second"), ERRORS)
def test_a_mistake_is_one_sentence_with_its_place(
    given: Given, first: str, second: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as raised:
        load(given, tmp_path)
    sentence = str(raised.value)
    assert first in sentence
    assert second in sentence
    assert "\n" not in sentence


def test_all_mistakes_are_kept_and_counted(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"line 1: .*\(1 more after this one\)") as raised:
        load(Given(user="foo: 1\nagent: {bar: 2}"), tmp_path)
    assert [problem.line for problem in raised.value.problems] == [1, 2]


def test_a_key_is_in_no_message_and_no_dump(tmp_path: Path) -> None:
    loaded = load(Given(environment={"OLLAMA_API_KEY": "s3cret"}), tmp_path)
    assert loaded.settings.selected.api_key == "s3cret"
    assert "s3cret" not in repr(loaded) + str(dotted(loaded.settings))
    with pytest.raises(SettingsError) as raised:
        load(Given(user="providers: {ollama: {default_api_key: [s3cret]}}"), tmp_path)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"model: \xe9"])
def test_another_encoding_is_said(data: bytes, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    path = user_file(environment)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    with pytest.raises(SettingsError, match="is not UTF-8"):
        load_settings(environment=environment)


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    user_file(environment).mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(environment=environment)


def test_each_rule_knows_where_it_stands(tmp_path: Path) -> None:
    given = Given(
        user="permissions:\n  deny:\n    - run(a)\n    - run(b)\n",
        workspace="permissions:\n  deny: [run(c)]\n",
        environment={"ARRIERO_PERMISSIONS__DENY": "run(d)"},
    )
    loaded = load(given, tmp_path)
    origins = [loaded.origin(f"permissions.deny.{number}") for number in range(4)]
    assert [(one.layer, one.line) for one in origins] == [
        ("user", 3),
        ("user", 4),
        ("workspace", 2),
        ("environment", None),
    ]
