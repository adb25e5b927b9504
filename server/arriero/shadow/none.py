"""No shadow: commands run in the user's own folder. Only where the settings ask for it."""

from __future__ import annotations

import asyncio

from arriero.shadow.environment import command_environment, home_of
from arriero.shadow.folders import SessionFolder
from arriero.shadow.jobs import Jobs, Started
from arriero.shadow.launcher.spec import Spec
from arriero.shadow.output import Output
from arriero.shadow.runner import Followed, Outcome, Runner, bounds_of
from arriero.shadow.turns import Turns
from arriero.shadow.types import Command, CommandResult, ShadowKind


class NoShadow:
    """Runs commands on the real files, with nothing but the limits and the short environment."""

    def __init__(self, folder: SessionFolder, runner: Runner) -> None:
        """`folder` is what the runner keeps its own files in."""
        self._folder = folder
        self._runner = runner
        self._turns = Turns()
        self.jobs = Jobs(self._start_job)

    @property
    def kind(self) -> ShadowKind:
        """Which boundary holds."""
        return "none"

    @property
    def boundary(self) -> str:
        """One line for the user."""
        return (
            "none: commands run in your own folder with your rights, change your files at once and "
            "do not see unsaved or proposed text"
        )

    @property
    def confines(self) -> bool:
        """Never."""
        return False

    async def run(self, command: Command) -> CommandResult:
        """Run a command to its end; cancelling the awaiting task ends its processes."""
        return await self._turns.take(lambda: self._run(command))

    async def close(self) -> None:
        """End what still runs; what commands changed stays."""
        await self._turns.close(self._clean_up)

    async def _run(self, command: Command) -> CommandResult:
        spec = self._spec(command)
        outcome = await self._runner.run(spec, command.stdin, command.limits)
        await self._runner.make_ready(spec)
        return _result(outcome, command)

    async def _start_job(self, command: Command) -> Started:
        running = await self._runner.start(self._spec(command), command.stdin, command.limits)
        return _PlainJob(running, command)

    def _spec(self, command: Command) -> Spec:
        home = home_of(command.environment)
        temporary = command.environment.get("TMPDIR", "/tmp")  # noqa: S108 - the user's own
        environment = command_environment(command.environment, home=home, temporary=temporary)
        return Spec(
            argv=command.argv,
            cwd=command.cwd,
            environment=tuple(environment.items()),
            bounds=bounds_of(command.limits),
            network=True,
            confine=False,
        )

    async def _clean_up(self) -> None:
        await self.jobs.close()
        await self._runner.close()
        await asyncio.to_thread(self._folder.remove)


class _PlainJob:
    """A job in the user's own folder: there is nothing to read back."""

    def __init__(self, running: Followed, command: Command) -> None:
        self._running = running
        self._command = command

    @property
    def output(self) -> Output:
        return self._running.output

    async def over(self) -> None:
        await self._running.wait(None)

    async def end(self) -> CommandResult:
        await self._running.end()
        return _result(self._running.outcome, self._command)


def _result(outcome: Outcome, command: Command) -> CommandResult:
    unseen = f"{len(command.files)} files with unsaved or proposed text: the command saw the old"
    return CommandResult(
        exit_code=outcome.exit_code,
        ended=outcome.ended,
        output=outcome.output,
        output_cut=outcome.output_cut,
        seconds=outcome.seconds,
        writes=(),
        skipped=(unseen,) if command.files else (),
    )
