"""What can go wrong between us and a model: one sentence for the person, the cause beside it."""

from __future__ import annotations


class ModelError(Exception):
    """A provider or a model failed.

    `str(error)` is one sentence for the person that says what to do next; `cause` is what the
    server said, for the log.
    """

    def __init__(self, message: str, *, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


class ProviderUnavailable(ModelError):
    """Nothing answers at the provider's address, or it answers with something else entirely."""


class ModelNotFound(ModelError):
    """The provider does not have the model."""


class ToolsUnsupported(ModelError):
    """The model cannot be given tools through the provider's own interface.

    `mend` is what would change that about the server, empty where the model cannot.
    """

    def __init__(self, message: str, *, cause: str = "", mend: str = "") -> None:
        super().__init__(message, cause=cause)
        self.mend = mend


class FillingUnsupported(ModelError):
    """The model cannot write what belongs between two texts, or the server cannot ask it to."""


class PromptUnsupported(ModelError):
    """The server takes no prompt as it is, only conversations."""


class ChatUnsupported(ModelError):
    """The model answers no conversations."""


class EmbeddingUnsupported(ModelError):
    """The model makes no vectors of texts."""


class CallUnreadable(ModelError):
    """The server could not read the tool call that the model made; `text` is what the model said.

    The same request fails in the same way again: another form of calls is needed.
    """

    def __init__(self, message: str, *, cause: str = "", text: str = "") -> None:
        super().__init__(message, cause=cause)
        self.text = text


class WindowExceeded(ModelError):
    """The prompt is longer than the model's window. Counts are tokens, 0 where not told."""

    def __init__(self, message: str, *, cause: str = "", prompt: int = 0, window: int = 0) -> None:
        super().__init__(message, cause=cause)
        self.prompt = prompt
        self.window = window


class ServerBusy(ModelError):
    """The server's queue is full; the same request may succeed later."""


class NoMemory(ModelError):
    """The server cannot hold the model now; it says nothing of what the model can do."""


class StreamBroken(ModelError):
    """The answer stopped in the middle: an error line, a closed connection, or no last line."""
