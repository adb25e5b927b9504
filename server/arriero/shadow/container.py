"""A container of Docker or Podman around a command that runs in a copy.

Both take the same arguments for what is used here:
https://docs.docker.com/reference/cli/docker/container/run/ and
https://docs.podman.io/en/latest/markdown/podman-run.1.html
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arriero.shadow.copies import Copies
from arriero.shadow.environment import contained_environment
from arriero.shadow.launcher.spec import Spec
from arriero.shadow.output import Output
from arriero.shadow.plain import PlainRunner
from arriero.shadow.runner import Followed, Outcome, bounds_of
from arriero.shadow.types import Command, Limits, ShadowError, ShadowKind
from arriero.shadow.unbroken import unbroken
from arriero.within import within

# What the client needs of our own environment to find its daemon and its settings.
_CLIENT = ("PATH", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS")
_CLIENT_PREFIXES = ("DOCKER_", "CONTAINER_", "CONTAINERS_", "PODMAN_")
# Exit code of both when the container itself could not be started.
_NOT_STARTED = 125
_TEMPORARY = "/tmp:rw,exec,nosuid,nodev,mode=1777"  # noqa: S108 - inside
_REMOVE_SECONDS = 20.0


@dataclass(frozen=True)
class Container:
    """`program` is docker or podman, or a path to one; `mounts` are `source:target`, read-only."""

    program: str
    image: str
    mounts: tuple[str, ...] = ()


class ContainerWalls:
    """A container without network, rights or a writable root."""

    kind: ShadowKind = "container"
    confines = True

    def __init__(self, container: Container, *, network: bool) -> None:
        """`network`: the one that the program gives by itself."""
        self._container = container
        self._network = network

    @property
    def held(self) -> str:
        """The boundary in a few words."""
        return f"container {self._container.image}, {'network' if self._network else 'no network'}"

    @property
    def boundary(self) -> str:
        """The boundary in one line."""
        network = "the network of containers" if self._network else "no network"
        return (
            f"a container of {self._container.image} ({self._container.program}) over a copy of "
            "the files that are not ignored, without git's data and symbolic links; the image is "
            f"read-only; {network}; not covered: faults of the kernel and of "
            f"{os.path.basename(self._container.program)}"
        )

    def spec(self, command: Command, copies: Copies) -> Spec:
        """Return what starts a command in these copies."""
        environment = contained_environment(command.environment)
        return Spec(
            argv=run_arguments(self._container, command, copies.places, environment, self._network),
            cwd="/",
            environment=tuple(_of_client().items()),
            bounds=bounds_of(command.limits),
            network=True,
            confine=False,
        )

    def shown(self, output: str, copies: Copies) -> str:  # noqa: ARG002 - the seam's shape
        """Return an output; the copies have the user's paths inside."""
        return output


def run_arguments(
    container: Container,
    command: Command,
    places: Sequence[tuple[str, str]],
    environment: Mapping[str, str],
    network: bool,
) -> tuple[str, ...]:
    """Return the command line; `places` are (folder of the workspace, its copy)."""
    limits = command.limits
    memory = str(limits.memory_bytes)
    arguments = [
        *(container.program, "run", "--rm", "--interactive", "--init", "--pull", "never"),
        *("--name", f"arriero-{secrets.token_hex(8)}"),
        *(() if network else ("--network", "none")),
        *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        # Where SELinux is in force it would keep the container from the copy.
        *("--security-opt", "label=disable"),
        *("--pids-limit", str(limits.processes), "--memory", memory, "--memory-swap", memory),
        *("--ulimit", f"fsize={limits.file_bytes}", "--ulimit", "core=0"),
        *("--user", f"{os.geteuid()}:{os.getegid()}"),
        *(("--userns", "keep-id") if _rootless_podman(container) else ()),
        *("--tmpfs", _TEMPORARY, "--workdir", command.cwd),
    ]
    for root, copy in places:
        arguments += ["--mount", _fields("type=bind", f"source={copy}", f"target={root}")]
    for mount in container.mounts:
        source, _, target = mount.partition(":")
        fields = ("type=bind", f"source={source}", f"target={target or source}", "readonly")
        arguments += ["--mount", _fields(*fields)]
    for name, value in environment.items():
        arguments += ["--env", f"{name}={value}"]
    return (*arguments, container.image, *command.argv)


class ContainerRunner:
    """Runs the client and removes the container with it: ending the client does not end that."""

    def __init__(self) -> None:
        self._plain = PlainRunner()

    async def run(self, spec: Spec, stdin: bytes, limits: Limits) -> Outcome:
        """Run a command to its end; when cancelled, it is gone before this returns.

        Raises ShadowError when the container cannot be started.
        """
        running = await self.start(spec, stdin, limits)
        try:
            await running.wait(limits.seconds)
        finally:
            await running.end()
        return running.outcome

    async def start(self, spec: Spec, stdin: bytes, limits: Limits) -> Followed:
        """Start a command; who asked must end it. Raises ShadowError."""
        try:
            return _Contained(await self._plain.start(spec, stdin, limits), spec)
        except asyncio.CancelledError:  # the client may have asked for the container already
            await unbroken(_remove(spec))
            raise

    async def make_ready(self, spec: Spec) -> None:
        """There is nothing to get ready."""

    async def close(self) -> None:
        """Nothing stays between commands."""


class _Contained:
    def __init__(self, client: Followed, spec: Spec) -> None:
        self._client = client
        self._spec = spec
        self._timed_out = False

    @property
    def output(self) -> Output:
        return self._client.output

    @property
    def outcome(self) -> Outcome:
        outcome = self._client.outcome
        if outcome.exit_code == _NOT_STARTED:
            raise ShadowError(
                f"The container could not be started ({outcome.output.strip()[-300:]}); check "
                "shadow.container_program, and that shadow.container_image is on this machine."
            )
        return outcome

    async def wait(self, seconds: float | None) -> None:
        await self._client.wait(seconds)

    async def end(self) -> None:
        await unbroken(self._end())

    async def _end(self) -> None:
        await self._client.end()
        if self._client.outcome.ended == "exited":
            # The container ended by itself, and `--rm` was its removal.
            return
        await _remove(self._spec)


async def _remove(spec: Spec) -> None:
    name = spec.argv[spec.argv.index("--name") + 1]
    # By itself a removal waits ten seconds for a program to heed SIGTERM.
    await _ask(spec, "kill", name)
    await _ask(spec, "rm", "--force", name)


async def _ask(spec: Spec, *words: str) -> None:
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        process = await asyncio.create_subprocess_exec(
            *(spec.argv[0], *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(spec.environment),
        )
        try:
            await within(process.wait(), _REMOVE_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()


def _of_client() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _CLIENT or name.startswith(_CLIENT_PREFIXES)
    }


def _rootless_podman(container: Container) -> bool:
    return os.path.basename(container.program).startswith("podman") and os.geteuid() != 0


def _fields(*fields: str) -> str:
    """Return the fields of a mount: they are read as a line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()
