"""How fast texts are read, by language, over the source files that this machine has."""

from __future__ import annotations

import time
from collections import defaultdict

import pytest

from arriero.index.extract import extract
from arriero.index.extract.grammars import PARSED
from arriero.index.languages import NOT_EXTRACTED, language_of, nature_of
from index.extract.test_broken import found_on_this_machine

MOST = 2_000_000  # characters of a language
LEAST = 3.5  # MB per CPU second over all, on a machine that does nothing else


@pytest.mark.benchmark
@pytest.mark.timeout(600)
def test_megabytes_per_cpu_second() -> None:
    texts: dict[str, list[str]] = defaultdict(list)
    left = dict.fromkeys(PARSED, MOST)
    for path in found_on_this_machine():
        language = language_of(path)
        if left.get(language, 0) <= 0:
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        if nature_of(path, text) not in NOT_EXTRACTED:
            texts[language].append(text)
            left[language] -= len(text)
    megabytes = seconds = 0.0
    for language, found in sorted(texts.items()):
        extract(found[0], language)  # loads the grammar
        size = sum(map(len, found)) / 1e6
        start = time.process_time()
        for text in found:
            extract(text, language)
        spent = time.process_time() - start
        print(f"{language:11} {size:6.2f} MB {size / max(spent, 1e-9):6.2f} MB per CPU second")
        megabytes, seconds = megabytes + size, seconds + spent
    print(f"{'all':11} {megabytes:6.2f} MB {megabytes / seconds:6.2f} MB per CPU second")
    assert megabytes / seconds > LEAST / 2  # half: others may use the machine's cores
