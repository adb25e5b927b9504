"""What real editors say of themselves at `initialize`, recorded, and what they do with requests.

Recorded: Neovim 0.7.2 and 0.10.4, eglot 1.9 (Emacs 28.2) and 1.17.30 (Emacs 30.1), Helix 25.01.1,
each without anything of Arriero's but the command line. Kate and VS Code are written down from the
sources of their clients (Kate's lspclient plugin; vscode-languageclient 11 without an extension of
ours). Only what has to do with edits, actions, messages and progress is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_KINDS = ["", "quickfix", "refactor", "refactor.rewrite", "source", "source.organizeImports"]
_LITERALS = {"codeActionKind": {"valueSet": _KINDS}}
_OPERATIONS = ["create", "rename", "delete"]


@dataclass(frozen=True)
class PlainClient:
    """One editor. `asks`: it knows `window/showMessageRequest`; `previews`: it has a preview."""

    name: str
    capabilities: dict[str, Any]
    asks: bool = True
    previews: bool = False
    creates: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def resolves(self) -> bool:
        """Whether it asks for the command of an action."""
        action = self.capabilities["textDocument"]["codeAction"]
        resolve = action.get("resolveSupport") or {"properties": []}
        return bool(action.get("dataSupport")) and "command" in resolve["properties"]


NEOVIM_07 = PlainClient(
    "neovim-0.7",
    {
        "workspace": {
            "workspaceFolders": True,
            "workspaceEdit": {"resourceOperations": _OPERATIONS},
            "applyEdit": True,
        },
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": True},
            "codeAction": {
                "codeActionLiteralSupport": _LITERALS,
                "resolveSupport": {"properties": ["edit"]},
                "dataSupport": True,
            },
        },
        "window": {
            "workDoneProgress": True,
            "showMessage": {"messageActionItem": {"additionalPropertiesSupport": False}},
            "showDocument": {"support": False},
        },
    },
)
NEOVIM_010 = PlainClient(
    "neovim-0.10",
    {
        "general": {"positionEncodings": ["utf-16"]},
        "workspace": {
            "workspaceFolders": True,
            "applyEdit": True,
            "configuration": True,
            "workspaceEdit": {"resourceOperations": _OPERATIONS},
        },
        "textDocument": {
            "publishDiagnostics": {"dataSupport": True, "relatedInformation": True},
            "codeAction": {
                "codeActionLiteralSupport": _LITERALS,
                "isPreferredSupport": True,
                "dataSupport": True,
                "resolveSupport": {"properties": ["edit"]},
            },
        },
        "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    },
)
_EGLOT_WORKSPACE = {
    "applyEdit": True,
    "configuration": True,
    "workspaceFolders": True,
    "workspaceEdit": {"documentChanges": True},
    "didChangeWatchedFiles": {"dynamicRegistration": True},
}
EGLOT_19 = PlainClient(
    "eglot-1.9",
    {
        "workspace": _EGLOT_WORKSPACE,
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": False},
            "codeAction": {"codeActionLiteralSupport": _LITERALS, "isPreferredSupport": True},
        },
        "window": None,
    },
    creates=False,
)
EGLOT_117 = PlainClient(
    "eglot-1.17",
    {
        "general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]},
        "workspace": _EGLOT_WORKSPACE,
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": False},
            "codeAction": {
                "codeActionLiteralSupport": _LITERALS,
                "dataSupport": True,
                "resolveSupport": {"properties": ["edit", "command"]},
            },
        },
        "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    },
    creates=False,
)
HELIX = PlainClient(
    "helix-25.01",
    {
        "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
        "workspace": {
            "applyEdit": True,
            "configuration": True,
            "workspaceFolders": True,
            "didChangeConfiguration": {"dynamicRegistration": False},
            "didChangeWatchedFiles": {"dynamicRegistration": True},
            "workspaceEdit": {
                "documentChanges": True,
                "failureHandling": "abort",
                "normalizesLineEndings": False,
                "resourceOperations": _OPERATIONS,
            },
        },
        "textDocument": {
            "publishDiagnostics": {"versionSupport": True},
            "codeAction": {
                "codeActionLiteralSupport": _LITERALS,
                "dataSupport": True,
                "disabledSupport": True,
                "resolveSupport": {"properties": ["edit", "command"]},
            },
        },
        "window": {"workDoneProgress": True},
    },
    asks=False,
)
KATE = PlainClient(
    "kate",
    {
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": True},
            "codeAction": {"codeActionLiteralSupport": _LITERALS},
            "synchronization": {"didSave": True},
        },
        "window": {
            "workDoneProgress": True,
            "showMessage": {"messageActionItem": {"additionalPropertiesSupport": True}},
        },
    },
    creates=False,
    options={"applyEdit": True},
)
VS_CODE = PlainClient(
    "vscode",
    {
        "general": {"positionEncodings": ["utf-16"]},
        "workspace": {
            "applyEdit": True,
            "configuration": True,
            "workspaceFolders": True,
            "workspaceEdit": {
                "documentChanges": True,
                "resourceOperations": _OPERATIONS,
                "failureHandling": "textOnlyTransactional",
                "normalizesLineEndings": True,
                "changeAnnotationSupport": {"groupsOnLabel": True},
            },
            "didChangeConfiguration": {"dynamicRegistration": True},
        },
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": True, "dataSupport": True},
            "codeAction": {
                "codeActionLiteralSupport": _LITERALS,
                "dataSupport": True,
                "disabledSupport": True,
                "resolveSupport": {"properties": ["edit"]},
            },
        },
        "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    },
    previews=True,
)
CLIENTS = (NEOVIM_07, NEOVIM_010, EGLOT_19, EGLOT_117, HELIX, KATE, VS_CODE)
