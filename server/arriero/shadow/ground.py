"""What every command in an overlay has around it, as the launcher is asked for it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from arriero.shadow.environment import command_environment
from arriero.shadow.launcher.spec import Landlock, Namespaces, Overlay, Spec
from arriero.shadow.runner import bounds_of
from arriero.shadow.system import SystemView, system_view
from arriero.shadow.types import Command

# Ids that own nothing: the last 65536 of the range that containers use by convention.
FIRST_ID = 0x6FFF0000
# The writable folders inside (home, /tmp) are memory: at most this share of the limit.
_SCRATCH_SHARE = 4


class Ground:
    """The root file system, the identity and the walls of a session's commands."""

    def __init__(
        self,
        roots: Sequence[str],
        folder: str,
        *,
        network: bool,
        hidden: Sequence[str],
        shifted: bool,
        cgroup: str = "",
    ) -> None:
        """`folder` holds the layers; the rest as for `OverlayShadow`."""
        self.network = network
        self.shifted = shifted
        self.cgroup = cgroup
        self._roots = tuple(roots)
        self._folder = folder
        self._hidden = (*hidden, folder)
        self._seen: tuple[Mapping[str, str], SystemView] | None = None

    def look(self, environment: Mapping[str, str]) -> SystemView:
        """Decide what is seen with an editor's environment; looks at the disk."""
        if self._seen is None or self._seen[0] != environment:
            view = system_view(environment, self._roots, network=self.network, hidden=self._hidden)
            self._seen = (dict(environment), view)
        return self._seen[1]

    def spec(self, command: Command, overlays: Sequence[Overlay], added: Mapping[str, str]) -> Spec:
        """Return what starts a command over these layers; `added` joins its environment."""
        view = self.look(command.environment)
        environment = command_environment(
            command.environment,
            home=view.home,
            temporary="/tmp",  # noqa: S108 - inside
        )
        owner = os.stat(self._roots[0])
        namespaces = Namespaces(
            folder=self._folder,
            uid=owner.st_uid if self.shifted else os.geteuid(),
            gid=owner.st_gid if self.shifted else os.getegid(),
            first_id=FIRST_ID if self.shifted else 0,
            overlays=tuple(overlays),
            binds=view.binds,
            symlinks=view.symlinks,
            scratch=view.scratch,
            scratch_bytes=command.limits.memory_bytes // _SCRATCH_SHARE,
            masks=view.masks,
            marks=_marks(self._roots, view),
        )
        return Spec(
            argv=command.argv,
            cwd=command.cwd,
            environment=tuple({**environment, **added}.items()),
            bounds=bounds_of(command.limits),
            network=self.network,
            confine=True,
            namespaces=namespaces,
            landlock=Landlock(("/",), (*self._roots, *view.scratch, "/dev", "/proc")),
            cgroup=self.cgroup,
        )


def _marks(roots: Sequence[str], view: SystemView) -> tuple[tuple[int, int], ...]:
    """Return what tells a folder from another one that has taken its place."""
    found = []
    for path in (*roots, *(bind.source for bind in view.binds if not bind.device)):
        try:
            status = os.stat(path)
        except OSError:
            found.append((0, 0))
        else:
            found.append((status.st_dev, status.st_ino))
    return tuple(found)
