"""Lines that run what a rule is about by another way, and lines that only look so."""

from __future__ import annotations

import time

import pytest

from arriero.agent.permissions import Call, Permissions
from arriero.settings.permissions import PermissionSettings

EVASIONS = [
    "git push",
    "/usr/bin/git push",
    "git -C . push",
    "g''it push",
    '"git" "push"',
    "git p\\ush",
    "git  push",
    "\\git push",
    "command git push",
    "command -p git push",
    "builtin command git push",
    "exec git push",
    "exec -a x git push",
    "exec -c git push",
    "env git push",
    "env -S 'git push'",
    "env -S'git push'",
    "env --split-string='git push'",
    "env -i git push",
    "env -u X git push",
    "env A=1 git push",
    "env -C . git push",
    "env --chdir=. git push",
    "env --chdir . git push",
    "nohup git push",
    "timeout 5 git push",
    "timeout -s KILL 5 git push",
    "timeout --signal=KILL 5 git push",
    "timeout --signal KILL 5 git push",
    "timeout -k 1 5 git push",
    "nice -n 5 git push",
    "nice -5 git push",
    "nice --adjustment 5 git push",
    "ionice -c 3 git push",
    "setsid -w git push",
    "stdbuf -oL git push",
    "time git push",
    "time -p git push",
    "xargs git push",
    "echo push | xargs git",
    "echo x | xargs -I{} git push",
    "echo push | xargs -I% git %",
    "xargs -a data.txt git",
    "xargs -n 1 -P 4 git push",
    "find . -exec git push \\;",
    "find . -exec git {} \\;",
    "parallel git push ::: a",
    "parallel git ::: push",
    "busybox sh -c 'git push'",
    "bash -c 'git push'",
    "bash -lc 'git push'",
    "bash -o pipefail -c 'git push'",
    "sh -c 'git $1' x push",
    "echo 'git push' | sh",
    "echo 'git push' | bash -s",
    "echo 'git push' | bash -o pipefail",
    "echo 'git push' | bash -",
    "echo 'git push' | sh /dev/stdin",
    "echo 'git push' | source /dev/stdin",
    "bash <<< 'git push'",
    "bash <<E\ngit push\nE",
    "bash < data.txt",
    "eval 'git push'",
    "eval git push",
    "eval 'git' 'push'",
    'eval git "push"',
    "trap 'git push' EXIT",
    "script -c 'git push'",
    "script -qc 'git push' x",
    "watch git push",
    "watch -n 1 'git push'",
    "su -c 'git push'",
    "sudo git push",
    "sudo -u x git push",
    "sudo -E git push",
    "doas git push",
    "python -c 'import os; os.system(\"git push\")'",
    "perl -e 'system(\"git push\")'",
    'python3 -c \'run(["git", "push"])\'',
    "awk 'BEGIN{system(\"git push\")}'",
    "sed '1e git push' data.txt",
    "npm exec git push",
    "npx git push",
    "git -c alias.p=push p",
    "git -c alias.p='!git push' p",
    "git -c include.path=x p",
    "git --config-env=alias.p=X p",
    "git --exec-path=x push",
    "GIT_DIR=x git push",
    "A=1 git push",
    "alias p='git push'; p",
    "p() { git push; }; p",
    "(git push)",
    "{ git push; }",
    "if true; then git push; fi",
    "for x in push; do git $x; done",
    "x=push; git $x",
    "git $(echo push)",
    "git `echo push`",
    "$(echo git) push",
    "git pu{sh,sh}",
    "{git,push}",
    "git pus?",
    "git [p]ush",
    "git p*",
    "git $'push'",
    "git $'\\x70ush'",
    "gi\\\nt push",
    "git\xa0push",
    "git\tpush",
    "ls; git push",
    "ls && git push",
    "ls | git push",
    "! git push",
    "git push &",
    "coproc git push",
    "ssh host git push",
    "ssh -o ProxyCommand='git push' x",
    "tar --to-command='git push' -xf x",
    "rsync -e 'git push' a b:",
    "vim -c '!git push'",
    "nsenter git push",
    "unshare -r git push",
    "chroot / git push",
    "flock x git push",
    "flock x -c 'git push'",
    "strace -f git push",
    "ltrace git push",
    "gdb --args git push",
    "taskset 1 git push",
    "chrt -i 0 git push",
    "systemd-run git push",
    "xvfb-run git push",
    "entr git push",
    "fd -x git push",
    "fd --exec git push",
    "rg --pre 'git push' x",
    "git submodule foreach 'git push'",
    "git rebase -x 'git push'",
    "git bisect run git push",
    "GIT push",
    "ccache git push",
    "runuser -u x git push",
    "capsh -- -c 'git push'",
    "setpriv git push",
    "prlimit git push",
    "firejail git push",
    "fakeroot git push",
    "mise exec -- git push",
    "direnv exec . git push",
    "nix-shell --run 'git push'",
    "docker run x git push",
    "uv run git push",
    "poetry run git push",
    "bundle exec git push",
    "rlwrap git push",
    "expect -c 'spawn git push'",
    "ruby -e 'system \"git push\"'",
    "node -e 'x(\"git push\")'",
    "php -r 'system(\"git push\");'",
    "git 'push' --force",
    "env - git push",
    "env -- git push",
    "nohup -- git push",
    "sh -c -- 'git push'",
    "bash --norc -c 'git push'",
    "bash -x -c 'git push'",
    "exec 3<x git push",
    "git </dev/null push",
    ">x git push",
    "2>&1 git push",
    "((a=1)); git push",
    "cat <(git push)",
    "git push|cat",
    "git push>x",
    "git -cpush.default=x push",
    "git --git-dir .git push",
    "/usr/lib/git-core/git push",
    "busybox xargs git push",
]
OTHERS = [
    "git status",
    "git commit -m 'push it'",
    "git add src/push.py",
    "git checkout push-fix",
    "echo git push",
    "grep -rn 'git push' .",
    "make",
    "pytest -q",
    "npm test",
    "git pull",
    "git fetch",
    "ls *",
    "git add *",
    "git log --grep=push",
    "bash scripts/build.sh",
    "cp a b",
    "xargs rm < data.txt",
    "cat README.md | head",
    "git diff push.txt",
    "find . -name git -o -name push",
    "python src/push.py",
    "npm run build -- --push",
    "docker build -t git .",
]


def verdict(line: str, root: str, **rules: tuple[str, ...]) -> str:
    permissions = Permissions(PermissionSettings(**rules), (root,))  # type: ignore[arg-type]
    call = Call("run_command", "execute", {"command": line}, (), (root,), root, confined=True)
    return permissions.judge(call).verdict


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("line", EVASIONS)
def test_what_is_denied_is_not_run_unasked_in_another_way(line: str, root: str) -> None:
    """In the shadow, where every command runs without a question."""
    assert verdict(line, root) == "allow"
    assert verdict(line, root, deny=("run_command(git push)",)) in ("deny", "ask")
    assert verdict(line, root, ask=("run_command(git push)",)) == "ask"
    # A rule that allows all does not allow what another one asks about.
    everything = ("run_command(*)", "run_command")
    assert verdict(line, root, allow=everything, ask=("run_command(git push *)",)) == "ask"


@pytest.mark.parametrize("line", OTHERS)
def test_what_only_looks_so_is_not_asked_about(line: str, root: str) -> None:
    assert verdict(line, root, deny=("run_command(git push)",)) == "allow"


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("rm", "ls | xargs rm"),
        ("rm", "ls | xargs -n1 /bin/rm -f"),
        ("rm", 'perl -e \'system("rm", "x")\''),
        ("curl *", "python -c 'os.system(\"curl x\")'"),
        ("npm publish", "bash -c 'cd x && npm publish'"),
        ("docker *", "sg docker -c 'docker ps'"),
        ("*", "true"),
    ],
)
def test_other_patterns(pattern: str, line: str, root: str) -> None:
    assert verdict(line, root, deny=(f"run_command({pattern})",)) != "allow"


@pytest.mark.parametrize(
    "text", ["git ", "g", "git-", "-x git ", "-exec env ", "env -u ", "sh a ", "eval sh "]
)
def test_no_line_takes_long(text: str, root: str) -> None:
    """A line of 20 kB, which is the longest that is read, and a rule of many words."""
    line = f"some {(text * 20_000)[:19_000]}"
    begun = time.process_time()
    for pattern in ("git push", "git git git git push", "*t *t *h"):
        verdict(line, root, deny=(f"run_command({pattern})",))
    assert time.process_time() - begun < 20, "of a processor; it is a tenth of a second"
