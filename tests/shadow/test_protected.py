"""Files that other programs obey do not join a proposal, whatever they are called."""

from __future__ import annotations

import pytest

from arriero.shadow.protected import is_protected, is_repository
from shadow.desk import Desk

PROTECTED = (
    ".gitmodules", ".vscode/tasks.json", ".idea/workspace.xml", ".mcp.json", ".envrc",
    ".arriero/config.yaml", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout",
    ".bash_aliases", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".cshrc",
    ".kshrc", ".inputrc", ".pam_environment", ".xprofile", "config.fish", ".devcontainer/x.json",
    ".zed/tasks.json", ".helix/config.toml", ".nvim.lua", ".exrc", ".vimrc", ".dir-locals.el",
    ".husky/pre-commit", "a.code-workspace", ".claude/settings.json", ".cursor/mcp.json",
    ".codex/config.toml", ".gemini/settings.json", "opencode.json", ".aider.conf.yml", ".irbrc",
    ".Rprofile", ".ghci", ".gdbinit", ".lvimrc", ".pre-commit-config.yaml", "lefthook.yml",
    "bare/HEAD",
)  # fmt: skip
REPOSITORY = (
    ".git/hooks/pre-commit",
    ".git/config",
    ".git/info/attributes",
    ".git/modules/x/config",
)
OTHER_NAMES = (
    (".VSCODE/tasks.json", True), (".vs\u200ccode/tasks.json", True), (".vscode./x", True),
    (".vscode /x", True), (".MCP.json", True), ("\uff0emcp.json", True),
    ("vscode/tasks.json", False), ("my.vscode/x", False), (".vscodes/x", False),
    ("profile", False), ("a.profile", False), ("head.py", False), ("HEAD.md", False),
)  # fmt: skip


@pytest.mark.parametrize(("path", "protected"), OTHER_NAMES)
def test_names_that_some_file_system_takes_for_it(path: str, protected: bool) -> None:
    assert is_protected(path) is protected
    assert is_protected(f"deep/{path}") is protected


@pytest.mark.parametrize("path", [".Git/x", ".git./x", "git~1/hooks/x", ".g\u200dit/x", "a/.GIT"])
def test_names_of_a_repository(path: str) -> None:
    assert is_repository(path)
    assert not is_repository(".github/workflows/x.yml")
    assert not is_repository(".gitignore")


@pytest.mark.namespaces
@pytest.mark.timeout(60)
async def test_none_joins_a_proposal_new_or_there_already(desk: Desk) -> None:
    script = ""
    for path in (*PROTECTED, *REPOSITORY):
        for top in (".", "src"):
            script += f"mkdir -p {top}/$(dirname {path}); echo planted > {top}/{path}\n"
    result = await desk.run(script + "echo fine > fine.txt")
    assert result.exit_code == 0, result.output
    assert desk.writes(result) == {"fine.txt": "fine\n"}
    told = "\n".join(result.skipped)
    assert ".vscode/tasks.json is protected" in told
    # What they wrote is not there for the next command either, but for what is ignored.
    after = await desk.run("cat .mcp.json .vscode/tasks.json src/.bashrc")
    assert "planted" not in after.output
    # Those that are there already are not changed, and not removed.
    laid = {".vscode/tasks.json": "mine\n", ".mcp.json": "mine\n"}
    result = await desk.run("echo x >> .vscode/tasks.json; rm .mcp.json", laid)
    assert desk.writes(result) == {}
    assert len(result.skipped) == 2
