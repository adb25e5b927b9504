"""The indexer's loop: orders from the daemon, results from the workers, a little at a time.

Orders are lines of JSON on standard input, with `do`: "open" (root, folder, options, opening: a
number that comes back in the reports), "close" (root), "changed" (root, number, changes: pairs of
path and kind), "check" (root): is the database whole?, "prefer" (root, paths), "pause" and
"resume". Reports are lines on standard output,
each the whole state of one workspace, as an `IndexStatus`. Names that are not
UTF-8 are written as Python does, with lone surrogates.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from arriero.index.indexer.build import Build
from arriero.index.indexer.pool import Pool, Result
from arriero.index.indexer.priority import Doing, do_here
from arriero.index.indexer.work import Options
from arriero.index.status import IndexStatus

log = logging.getLogger(__name__)

_REPORT_SECONDS = 0.2
# One prepares while this process writes: two processors are used. Each more would take 100 MB,
# which a machine that runs models has better uses for.
_WORKERS = 1


class Server:
    """Keeps the indexes of any number of workspaces; everything happens in one thread."""

    def __init__(
        self, send: Callable[[str], None], workers: int = _WORKERS, promptly: Doing = do_here
    ) -> None:
        """`send` writes a line to the daemon, `promptly` does what somebody waits for."""
        self._send = send
        self._inbox: queue.Queue[Callable[[], list[Result] | None]] = queue.Queue()
        self._pool = Pool(self._inbox.put, workers)
        self._builds: dict[str, Build] = {}
        self._openings: dict[str, int] = {}
        self._promptly = promptly
        self._paused = False
        self._told: dict[str, IndexStatus] = {}
        self._told_at = 0.0

    def order(self, message: dict[str, Any]) -> None:
        """Take in an order; may be called in any thread."""
        self._inbox.put(lambda: self._obey(message))

    def run_once(self) -> None:
        """Wait for something to do and do it."""
        self._take_in(self._wait())
        for build in self._builds.values():
            build.step()
        self._report()  # before a worker is started, which takes as long as a thousand names
        self._hand_out()
        self._report()

    def close(self) -> None:
        """End workers and let go of all indexes."""
        self._pool.close()
        for build in self._builds.values():
            build.close()

    def _wait(self) -> float | None:
        waits = [build.wait for build in self._builds.values()]
        waits.append(self._pool.wait)
        if self._unreported():
            waits.append(max(self._told_at + _REPORT_SECONDS - time.monotonic(), 0.0))
        return min((wait for wait in waits if wait is not None), default=None)

    def _take_in(self, wait: float | None) -> None:
        try:
            self._handle((self._inbox.get() if wait is None else self._inbox.get(timeout=wait))())
            while True:
                self._handle(self._inbox.get_nowait()())
        except queue.Empty:
            self._handle(self._pool.check())

    def _handle(self, results: list[Result] | None) -> None:
        for result in results or ():
            build = self._builds.get(result.owner)
            if build is None:
                continue
            if result.prepared is None:
                build.failed(result.batch)
            elif not result.prepared and result.batch.jobs:
                build.unread(result.batch)
            else:
                build.publish(result.batch, result.prepared)

    def _hand_out(self) -> None:
        given = True
        while given and self._pool.room:
            given = False
            for root, build in self._builds.items():
                batch = build.next_batch(only_urgent=self._paused)
                if batch is not None:
                    given = True
                    self._handle(self._pool.submit(root, root, batch))

    def _obey(self, message: dict[str, Any]) -> None:
        match message:
            case {"do": "open", "root": str(root), "folder": str(folder)}:
                if root not in self._builds:
                    options = Options(**message.get("options", {}))
                    self._builds[root] = Build(root, Path(folder), options, self._promptly)
                    self._openings[root] = message.get("opening", 0)
            case {"do": "close", "root": str(root)}:
                build = self._builds.pop(root, None)
                self._told.pop(root, None)
                if build is not None:
                    build.close()
            case {"do": "changed", "root": str(root), "number": int(number)}:
                if root in self._builds:
                    self._builds[root].changed(message["changes"], number)
            case {"do": "check", "root": str(root)}:
                if root in self._builds:
                    self._builds[root].check()
            case {"do": "prefer", "root": str(root)}:
                if root in self._builds:
                    self._builds[root].prefer(message["paths"])
            case {"do": "pause" | "resume" as order}:
                self._paused = order == "pause"
            case _:
                log.warning("the indexer does not know the order %r", message.get("do"))

    def _unreported(self) -> list[IndexStatus]:
        reports = [
            _report(root, build, self._openings[root]) for root, build in self._builds.items()
        ]
        return [report for report in reports if self._told.get(report.root) != report]

    def _report(self) -> None:
        now = time.monotonic()
        for report in self._unreported():
            old = self._told.get(report.root)
            news = (
                old is None
                or old.phase != report.phase
                or old.acknowledged < report.acknowledged
                or old.problem != report.problem
                or old.writes != report.writes
                or old.mended != report.mended
                or old.made != report.made
            )
            if news or now - self._told_at >= _REPORT_SECONDS:
                self._told[report.root] = report
                self._told_at = now
                self._send(json.dumps(asdict(report)))


def serve(promptly: Doing) -> None:
    """Serve the daemon on the standard streams, and end with it, whatever is being done.

    `promptly` does what somebody waits for.
    """
    sink = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)

    def send(line: str) -> None:
        try:
            sink.write(line + "\n")
            sink.flush()
        except OSError:  # the daemon is gone: what was published stays
            os._exit(0)

    server = Server(send, promptly=promptly)

    def read() -> None:
        for line in sys.stdin.buffer:
            if not line.endswith(b"\n"):  # the daemon is gone, in the midst of a line
                break
            server.order(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        server.run_once()


def _report(root: str, build: Build, opening: int) -> IndexStatus:
    return IndexStatus(
        root,
        build.phase,
        build.files,
        build.pending,
        max(build.acknowledged, 0),
        build.writes,
        build.problem,
        build.notice,
        opening,
        build.mended,
        build.made,
    )
