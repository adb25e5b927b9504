"""The settings of what works in the background or beside the chat: index, vectors, completion."""

from __future__ import annotations

from pydantic import Field

from arriero.settings.section import Section


class IndexSettings(Section):
    """What Arriero knows of a workspace's files before it is asked."""

    enabled: bool = Field(
        default=True,
        description="Index the workspace in the background, for searches and the model's context.",
    )
    max_files: int = Field(
        default=200_000,
        ge=100,
        le=5_000_000,
        description="Files of one workspace that are indexed at most.",
    )
    workspace_symbols: bool = Field(
        default=False,
        description="Also answer the editor's own search for symbols in the workspace; off, as a "
        "language's own server knows more. Some editors heed a change once they start again.",
    )
    exclude: tuple[str, ...] = Field(
        default=(),
        description="Patterns, as in `.gitignore`, of what is neither indexed nor listed for the "
        "model, tracked or not. `.ignore` and `.arrierignore` files do the same for their folders.",
    )


class MeaningSettings(Section):
    """Search by meaning, with an embedding model of yours; needs `arriero[meaning]`."""

    model: str | None = Field(
        default=None,
        description="The embedding model, such as `nomic-embed-text`; unset: searches go by "
        "words, names, paths and history.",
    )
    provider: str | None = Field(
        default=None, description="The entry of `providers` that has it; unset: `provider`."
    )
    query_ms: int = Field(
        default=150,
        ge=1,
        le=10_000,
        description="Milliseconds that a search waits for the vector of its question.",
    )
    idle: float = Field(
        default=10.0,
        ge=0,
        le=86_400,
        description="Seconds without a run at the model's server before texts are embedded; 0: "
        "at once, also while the machine is busy.",
    )
    query_prefix: str | None = Field(
        default=None,
        description="What the model wants before a question; unset: what is known of the model.",
    )
    document_prefix: str | None = Field(
        default=None,
        description="What the model wants before a text; unset: what is known of the model.",
    )
    max_chunks: int = Field(
        default=100_000,
        ge=100,
        le=5_000_000,
        description="Chunks of one workspace that are embedded at most, of about 60 lines each; "
        "each takes about as many bytes of memory as its vector has numbers.",
    )
    disk_mb: int = Field(
        default=1_000,
        ge=10,
        le=1_000_000,
        description="Megabytes that the vectors of all workspaces and models take on disk; what "
        "was not in use for longest goes first.",
    )


class CompletionSettings(Section):
    """Text that is suggested while you type, where the editor shows it."""

    enabled: bool = Field(default=True, description="Suggest text while you type.")
    provider: str | None = Field(
        default=None,
        description="The entry of `providers` that completes; unset: the one in use.",
    )
    model: str | None = Field(
        default=None,
        description="The model that completes; unset: the model in use, if it can fill in the "
        "middle of a text.",
    )
    prompted: bool = Field(
        default=False,
        description="Also ask a model that cannot fill in the middle, in words: slow, as it reads "
        "the instructions and may say more than is wanted.",
    )
    pause: float = Field(
        default=0.1,
        ge=0,
        le=10,
        description="Seconds without typing before the model is asked.",
    )
    context_tokens: int = Field(
        default=1500,
        ge=100,
        le=16_000,
        description="Tokens of text around the cursor, and from elsewhere, that the model is "
        "given, as far as its window allows.",
    )
    max_lines: int = Field(
        default=12, ge=1, le=200, description="Lines of one suggestion where a block is open."
    )
    snippets: bool = Field(
        default=True,
        description="Also give the model what was edited last in other files, and definitions of "
        "names near the cursor.",
    )
    in_comments: bool = Field(default=True, description="Suggest text inside comments.")
    as_items: bool = Field(
        default=False,
        description="In an editor that shows no text ahead of the cursor, suggest as an entry of "
        "its list of completions; the model is asked whenever the editor fills that list.",
    )
    disabled_languages: tuple[str, ...] = Field(
        default=(),
        description="Languages in which nothing is suggested, by the editor's name or Arriero's, "
        "such as `markdown`.",
    )
