"""What models want before a text."""

from __future__ import annotations

import pytest

from arriero.index.meaning.prefixes import prefixes_of

SEARCHING = "Represent this sentence for searching relevant passages: "


@pytest.mark.parametrize(
    ("model", "query", "document"),
    [
        ("nomic-embed-text:latest", "search_query: ", "search_document: "),
        ("nomic-ai/nomic-embed-text-v1.5-GGUF", "search_query: ", "search_document: "),
        ("nomic-embed-code", "Represent this query for searching relevant code: ", ""),
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("e5-base-v2", "query: ", "passage: "),
        ("bge-large:335m", SEARCHING, ""),
        ("BAAI/bge-base-en-v1.5", SEARCHING, ""),
        ("bge-m3", "", ""),
        ("mxbai-embed-large", SEARCHING, ""),
        ("snowflake-arctic-embed:110m", SEARCHING, ""),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("snowflake-arctic-embed-l-v2.0", "query: ", ""),
        ("embeddinggemma", "task: search result | query: ", "title: none | text: "),
        ("all-minilm", "", ""),
        ("phone5-embedder", "", ""),
        ("something-else", "", ""),
    ],
)
def test_by_name(model: str, query: str, document: str) -> None:
    found = prefixes_of(model)
    assert (found.query, found.document) == (query, document)


@pytest.mark.parametrize("model", ["multilingual-e5-large-instruct", "qwen3-embedding:0.6b"])
def test_instructed(model: str) -> None:
    found = prefixes_of(model)
    assert found.query.startswith("Instruct: ")
    assert found.document == ""
