"""What comes of a question for a permission that the client does not answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pygls.exceptions import JsonRpcException

from arriero.acp import permission
from arriero.agent.editor import PermissionQuestion
from arriero.rpc.inflight import ConnectionLost


class Failing:
    """A client whose every answer is a failure."""

    gone = False

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    async def request(self, method: str, params: Any, *, timeout: float) -> Any:
        raise self.failure

    def notify(self, method: str, params: Any) -> None:
        raise AssertionError(method)


@pytest.mark.parametrize(
    "failure",
    [
        asyncio.TimeoutError(),  # before Python 3.11 another class than TimeoutError
        ConnectionLost("gone"),
        JsonRpcException("no", code=-32601),
    ],
)
async def test_a_question_without_an_answer_is_a_no(failure: Exception) -> None:
    question = PermissionQuestion("s", "r", "c", "Run x", "x", offers=("allow_once",))
    assert await permission.ask(Failing(failure), question) == "cancelled"
