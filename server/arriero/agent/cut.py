"""Telling that a server has cut a prompt all the same, though it was asked not to.

Ollama counts a prompt after the cut and says nothing. Two things give it away: the count is that of
half a window (Ollama keeps half of it and two tokens), or it is lower than the text can have.
"""

from __future__ import annotations

# No server has a window of less than 512 tokens, so a cut leaves at least half of that; lower
# counts come from servers that count something else, such as new tokens only.
_LOWEST_COUNT = 256
_KEPT_BESIDE_HALF = 2


def was_cut(estimated: int, prompt_tokens: int, num_ctx: int, least: int = 0) -> str | None:
    """Return a sentence for the person if the server has cut the prompt, else None.

    All in tokens: `estimated` is what the prompt has at most, `least` what it has at least (see
    `TokenEstimate`), `prompt_tokens` what the server counted, `num_ctx` the window counted on.
    """
    if prompt_tokens < _LOWEST_COUNT:
        return None
    if prompt_tokens < least:
        return _sentence(f"it counted {prompt_tokens:,} tokens of at least {least:,}")
    # Only of the window that is known: of all possible ones some count is half by chance.
    if estimated > num_ctx and prompt_tokens == num_ctx // 2 + _KEPT_BESIDE_HALF:
        return _sentence(
            f"it counted {prompt_tokens:,} tokens of about {estimated:,}, which is what is left "
            f"of a window of {num_ctx:,}"
        )
    return None


def _sentence(seen: str) -> str:
    return (
        f"The model server cut the prompt without saying so ({seen}), so the answer would miss "
        "what came first: set window.num_ctx to the window that the server really has, or start a "
        "new session."
    )
