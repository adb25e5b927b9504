"""Where a machine and a home folder keep what is nobody else's to read."""

from __future__ import annotations

import os
import stat

# By name, for users who may read them; by mode, see `_unreadable`, for everything else.
_SYSTEM = (
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssl/private",
    "/etc/krb5.keytab",
    "/etc/docker",
    "/etc/wireguard",
)
# What a home folder keeps, for a workspace that contains the home folder.
HOME_SECRETS = (
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".vault-token",
    ".password-store",
    ".mozilla",
    ".thunderbird",
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".psql_history",
    ".terraform.d",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".m2/settings.xml",
    ".gradle/gradle.properties",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".config/google-chrome",
    ".config/chromium",
    ".config/op",
    ".local/share/keyrings",
)


def system_secrets() -> list[str]:
    """Return the files and folders in /etc that are nobody's to read but the system's."""
    found = dict.fromkeys((*_SYSTEM, *_unreadable("/etc")))
    return [path for path in found if os.path.lexists(path)]


def _unreadable(folder: str) -> list[str]:
    """Return what others may not read, though we perhaps may: as root, or by a group."""
    found = []
    todo = [folder]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    mode = entry.stat(follow_symlinks=False).st_mode
                    if stat.S_ISLNK(mode):
                        continue
                    if not mode & stat.S_IROTH:
                        found.append(entry.path)
                    elif stat.S_ISDIR(mode):
                        todo.append(entry.path)
        except OSError:
            # We may not read it either.
            continue
    return found
