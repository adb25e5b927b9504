"""Between JSON values and the types that handlers see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cattrs import Converter, transform_error
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from arriero.rpc.message import INTERNAL_ERROR

REASON = 500
"""Characters of an error that the other side sees."""


@dataclass(frozen=True)
class Method:
    """The types of a method that LSP does not know.

    `params_type` is an attrs class, or None for params that reach the handler as JSON values;
    `result_type` likewise, for the client's answers. `early`: allowed before `initialize`.
    """

    params_type: Any = None
    result_type: Any = None
    early: bool = False


@dataclass(frozen=True)
class Shaped:
    """Params that are typed already, or why they do not fit."""

    value: Any = None
    error: JsonRpcException | None = None

    def read(self) -> Any:
        """Return the typed params; raises JsonRpcInvalidParams."""
        if self.error is not None:
            raise self.error
        return self.value


class Shapes:
    """Structures what comes in by lsprotocol's types and those declared for own methods."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._own: dict[str, Method] = {}

    def declare(self, name: str, method: Method) -> None:
        """Declare the types of an own method."""
        self._own[name] = method

    def is_early(self, name: str) -> bool:
        """Tell whether a method is allowed before `initialize`."""
        method = self._own.get(name)
        return method is not None and method.early

    def params(self, name: str, params: Any) -> Any:
        """Return typed params; raise JsonRpcInvalidParams for what does not fit."""
        if isinstance(params, Shaped):
            return params.read()
        own = self._own.get(name)
        cls = own.params_type if own is not None else _lsp_types(name)[2]
        if cls is None:
            return params
        if params is None and own is not None:
            params = {}  # where every member is optional, params may be left out
        try:
            return self._converter.structure(params, cls)
        except Exception as error:  # what cattrs's hooks raise is of any kind
            raise JsonRpcInvalidParams(explain(error, "params")) from error

    def shaped(self, name: str, params: Any) -> Shaped:
        """Return what `params` takes for params that were typed ahead, in another thread."""
        try:
            return Shaped(self.params(name, params))
        except JsonRpcException as error:
            return Shaped(error=error)

    def result(self, name: str, result: Any) -> Any:
        """Return the client's typed result; raise JsonRpcException for what does not fit."""
        own = self._own.get(name)
        cls = own.result_type if own is not None else _lsp_types(name)[1]
        if cls is None:
            return result
        try:
            if own is not None:
                return self._converter.structure(result, cls)
            response = {"id": 0, "jsonrpc": "2.0", "result": result}
            return self._converter.structure(response, cls).result
        except Exception as error:
            reason = explain(error, "result")
            raise JsonRpcException(f"the client's answer to {name}: {reason}") from error

    def wire(self, value: Any) -> Any:
        """Return a value of any of these types as a JSON value."""
        return self._converter.unstructure(value)


def is_lsp_request(name: str) -> bool:
    """Tell whether LSP answers this method, so that it makes no sense as a notification."""
    return _lsp_types(name)[1] is not None


def client_error(error: Any) -> JsonRpcException:
    """Return a client's error as an exception, whatever shape it has."""
    if not isinstance(error, dict):
        return JsonRpcException(str(error)[:REASON])
    code, text = error.get("code"), error.get("message")
    readable = types.ResponseError(
        code=code if type(code) is int and abs(code) < 1 << 31 else INTERNAL_ERROR,
        message=text[:REASON] if isinstance(text, str) else "unknown error",
        data=error.get("data"),
    )
    exception: JsonRpcException = JsonRpcException.from_error(readable)
    return exception


def explain(error: Exception, place: str) -> str:
    """Say what does not fit where, in one short text."""
    return "; ".join(transform_error(error, path=place))[:REASON]


def _lsp_types(name: str) -> tuple[Any, Any, Any, Any]:
    """Return the classes of request, response, params and registration options."""
    return types.METHOD_TO_TYPES.get(name, (None, None, None, None))
