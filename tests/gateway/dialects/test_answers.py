"""What is written is as the published packages describe it, streamed and not.

The answer that is not streamed is what clients make of the streamed one, in every dialect.
"""

from __future__ import annotations

import pytest
from hypothesis import given

from gateway.dialects.answers import CONVERSATIONS, Answer, answers

pytest.register_assert_rewrite("gateway.dialects.as_clients_read")


@pytest.mark.timeout(600)
@CONVERSATIONS
@given(answers())
def test_every_dialect(answer: Answer) -> None:
    from gateway.dialects import as_clients_read  # 2 s, which other tests collect without

    as_clients_read.check_chat(answer)
    as_clients_read.check_responses(answer)
    as_clients_read.check_messages(answer)
    as_clients_read.check_ollama_chat(answer)
    as_clients_read.check_ollama_generate(answer)
    as_clients_read.check_completions(answer)
