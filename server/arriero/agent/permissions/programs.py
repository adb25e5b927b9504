"""What is known of programs: the options with which they only look at files and print.

A table of what is allowed, as no list of what is dangerous is ever complete. An option that is not
here, or a program, is not known to be harmless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    """How a program may be called to be harmless.

    `flags` are its short options without a value, `values` those with one, `paths` those whose
    value is a file; `long` are whole long options, with `=` if they take a value. Beside the
    options there may be `operands` words at most, None for any, and `least` at least; they are
    files, unless `texts` says that the first so many are not (-1: none is). The first of them must
    fit `first` in full. `globs`: patterns may stand for its files, as long as none of these is
    named like an option. `folders`: it may be given one, as it follows no link that it finds in it.
    Where there is `whole`, all of the words, joined by blanks, must fit it; nothing else counts.
    """

    flags: str = ""
    values: str = ""
    paths: str = ""
    long: frozenset[str] = frozenset()
    operands: int | None = None
    least: int = 0
    texts: int = 0
    first: re.Pattern[str] | None = None
    whole: re.Pattern[str] | None = None
    globs: bool = False
    folders: bool = True
    subcommands: dict[str, Program] = field(default_factory=dict)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DIGITS = "0123456789"
_PLAIN = Program(globs=True)
_SHOWN = _words(
    "--oneline --stat --graph --all --decorate --patch --no-patch --name-only --name-status "
    "--follow --no-merges --merges --reverse --first-parent --shortstat --numstat --summary "
    "--cached --staged --color --no-color --word-diff --raw --check --minimal --patience "
    "--histogram --ignore-all-space --ignore-space-change --no-renames --abbrev-commit "
    "--full-index "
    "--no-ext-diff --no-textconv --relative-date --branches --tags --remotes --exit-code --quiet "
    "--author= --since= --until= --after= --before= --grep= --format= --pretty= --max-count= "
    "--date= --skip= --unified= --diff-filter= --color= --abbrev= --stat= --decorate= "
    "--find-renames= --word-diff= --committer= --merge-base"
)
_LOG = Program("pgiwbzMCRs" + _DIGITS, "nSGUL", long=_SHOWN)
_SED = re.compile(
    r"(?:\d+|\$)(?:,(?:\d+|\$))?p|s/(?:[^/\\\n]|\\[^\n])*/(?:[^/\\\n]|\\[^\n])*/[gip0-9]*"
)
_AWK = re.compile(
    r"\{ ?print(?: ?\$(?:\d+|NF)(?:, ?\$(?:\d+|NF))*)? ?\}|END ?\{ ?print NR ?\}"
    r"|NR ?[=<>]= ?\d+(?: && NR ?<= ?\d+)?"
)

_JQ = re.compile(
    r"(?!.*\b(?:env|import|include|inputs?|debug|halt|modulemeta)\b)[\w.\[\]|() ,:{}\"'=!<>+*?/@-]*"
)
# `%n` sets a variable of the shell, so that what follows may find other programs.
_PRINTF = re.compile(r"(?:[^%]|%%|%\([^()]*\)T|%[-+ #0-9.*]*[bqdiouxXeEfFgGaAsc])*")
# Other letters, and more of them, make it show the environment of processes: `ps -axe`.
_PS = re.compile(r"|a?ux?|ax|-ef?|-Af?|-p \d+")

GIT = Program(
    long=_words("--no-pager --version"),
    subcommands={
        "status": Program("suvbz", long=_words("--short --branch --porcelain --verbose --ignored "
            "--untracked-files= --show-stash --porcelain= --no-renames")),
        "log": _LOG,
        "show": _LOG,
        "diff": _LOG,
        "blame": Program("lwsefMCtn", "L", long=_words("--porcelain --show-email --since=")),
        "shortlog": Program("sne", long=_words("--summary --numbered --email --since=")),
        "branch": Program("arv", long=_words("--list --all --remotes --show-current --verbose "
            "--merged --no-merged"), operands=0),
        "tag": Program("ln", long=_words("--list --sort="), operands=0),
        "remote": Program("v", operands=0),
        "worktree": Program(first=re.compile("list"), operands=1, least=1),
        "stash": Program(first=re.compile("list"), operands=1, least=1),
        "describe": Program(long=_words("--tags --always --dirty --abbrev= --long --all")),
        "rev-parse": Program(long=_words("--show-toplevel --abbrev-ref --short --verify "
            "--is-inside-work-tree --git-dir --show-prefix --short=")),
        "rev-list": Program("n" + _DIGITS, long=_words("--count --all --max-count=")),
        "ls-files": Program("comdstuz", long=_words("--cached --others --modified --deleted "
            "--stage "
            "--exclude-standard --error-unmatch --full-name")),
        "ls-tree": Program("rdltz", long=_words("--name-only --full-name --full-tree")),
        "cat-file": Program("tpse"),
        "merge-base": Program(),
        "reflog": Program("n" + _DIGITS, operands=0),
        "grep": Program("niIlLcwvEFGPoWpqa", "eABCm", texts=1, long=_words("--cached --count "
            "--name-only "
            "--line-number --ignore-case --max-depth= --word-regexp --untracked")),
        "check-ignore": Program("vnq"),
        "count-objects": Program("vH", operands=0),
        "config": Program(long=_words("--get"), operands=1,
            first=re.compile(r"user\.(name|email)|core\.\w+|remote\.\w+\.fetch|init\.\w+")),
    },
)  # fmt: skip

FIND = _words(
    "-name -iname -path -ipath -type -size -mtime -mmin -newer -maxdepth -mindepth -empty -print "
    "-print0 -not -o -or -a -and -prune -regex -iregex -user -group -perm -xdev -mount -quit -ls "
    "-wholename -readable -writable -executable -links -atime -ctime -printf -daystart -depth "
    "-true "
    "-false"
)
"""Words of `find` that begin with a dash; everything else of it that does is refused."""

READS: dict[str, Program] = {
    "awk": Program("", "F", texts=1, first=_AWK),
    "basename": Program("az", "s", texts=-1),
    "cal": Program("3my", texts=-1),
    "cat": Program("AbeEnstTuv", long=_words("--number --show-all"), globs=True),
    "cd": Program(operands=1),
    "cksum": _PLAIN,
    "cmp": Program("bls", "n"),
    "column": Program("tx", "sc"),
    "comm": Program("123"),
    "cut": Program("sz", "bcdf", long=_words("--complement --delimiter= --fields=")),
    "date": Program("uRI", operands=1, texts=-1, first=re.compile(r"\+.*")),
    "df": Program("ahHikTP", globs=True),
    "diff": Program("abBdeiNqsuwyEZ" + _DIGITS, "UCWx", long=_words("--color --brief --unified "
        "--side-by-side --exclude= --unified= --stat --new-file --suppress-common-lines "
        "--ignore-all-space --color="), folders=False),
    "dirname": Program("z", texts=-1),
    "du": Program("abchHkmsSx" + _DIGITS, "d", long=_words("--max-depth= --exclude= "
        "--apparent-size "
        "--human-readable --summarize"), globs=True),
    "echo": Program("neE", texts=-1, long=frozenset({"--"})),
    "egrep": Program("rniIlLcwvohHsqx", "eABCm", long=_words(
        "--include= --exclude= --color"), texts=1),
    "expand": Program("i", "t"),
    "expr": Program(texts=-1),
    "false": _PLAIN,
    "fd": Program("HIgsiFap01", "etdE", texts=1, long=_words("--hidden --no-ignore --glob "
        "--type= --extension= --max-depth= --exclude= --absolute-path --print0")),
    "file": Program("bhikL", globs=True),
    "find": Program(),
    "fold": Program("bs", "w"),
    "free": Program("bkmghtl", operands=0),
    "git": GIT,
    "grep": Program("rniIlLcwvEFGPohHsqxzZUTab" + _DIGITS, "eABCmd", "f", _words(
        "--include= --exclude= --exclude-dir= --color --color= --line-number --recursive --count "
        "--ignore-case --only-matching --files-with-matches --files-without-match --max-count= "
        "--context= --after-context= --before-context= --fixed-strings --extended-regexp --quiet "
        "--word-regexp --no-filename --with-filename --invert-match --perl-regexp --regexp="),
        texts=1),
    "groups": Program(operands=0),
    "head": Program("qv" + _DIGITS, "nc", long=_words("--lines= --bytes= --quiet"), globs=True),
    "hexdump": Program("bcCdovx", "ns", globs=True),
    "hostname": Program("fIs", operands=0),
    "id": Program("ugnGr", operands=0),
    "jq": Program("rcsnSeMaj", texts=1, long=_words("--raw-output --compact-output --slurp "
        "--sort-keys --null-input --tab --exit-status --indent="),
        first=_JQ),
    "ls": Program("aAbBcCdfFgGhHiIklmnNopqQrRsStTuUvwxXZ1", long=_words("--all --almost-all "
        "--color "
        "--color= --human-readable --reverse --recursive --sort= --time= --time-style= "
        "--group-directories-first --full-time --size --directory --classify"), globs=True),
    "md5sum": Program("bt", globs=True),
    "nl": Program("", "bnwsv"),
    "nproc": Program(operands=0),
    "od": Program("abcdfiloxv", "AjNtw", globs=True),
    "paste": Program("sz", "d"),
    "printf": Program(texts=-1, first=_PRINTF),
    "ps": Program(whole=_PS),
    "pwd": Program("LP", operands=0),
    "readlink": Program("efmnqsvz", globs=True),
    "realpath": Program("emqsz", long=_words("--relative-to=")),
    "rev": _PLAIN,
    "rg": Program("niIlcwFvxoSsUupaHN0P", "getTABCmMdjr", long=_words(
        "--files --hidden --no-ignore --json --stats --heading --no-heading --line-number --count "
        "--ignore-case --smart-case --files-with-matches --files-without-match --fixed-strings "
        "--glob= --type= --type-not= --max-count= --context= --after-context= --before-context= "
        "--color= --only-matching --word-regexp --multiline --sort= --max-depth= --no-messages "
        "--case-sensitive --invert-match --column --vimgrep --trim --pcre2 --iglob= --type-list "
        "--max-columns= --count-matches --no-filename --with-filename --regexp="), texts=1),
    "sed": Program("nErz", "e", texts=1, first=_SED, long=_words("--quiet --silent "
        "--regexp-extended")),
    "seq": Program("w", "sf", texts=-1),
    "sha1sum": Program("bt", globs=True),
    "sha256sum": Program("bt", globs=True),
    "sleep": Program(operands=1, texts=-1, first=re.compile(r"\d{1,3}(\.\d+)?s?")),
    "sort": Program("bdfghiMnrRsuVzcC", "kt", long=_words("--unique --reverse --numeric-sort "
        "--human-numeric-sort --ignore-case --key= --field-separator= --version-sort")),
    "stat": Program("Lft", "c", long=_words("--format= --printf="), globs=True),
    "tac": Program("br", "s"),
    "tail": Program("qv" + _DIGITS, "nc", long=_words("--lines= --bytes= --quiet"), globs=True),
    "test": Program("fdesrwxznbcghkpLSNo"),
    "tr": Program("cCdst", texts=-1),
    "tree": Program("aCdfhpsuDFrtn", "LIP", long=_words("--dirsfirst --noreport --gitignore --du")),
    "true": _PLAIN,
    "type": Program("atpP", texts=-1),
    "uname": Program("amnrsvpio", operands=0),
    "uniq": Program("cdDiuz", "fsw", operands=1),
    "uptime": Program("ps", operands=0),
    "wc": Program("clmwL", long=_words("--lines --words --bytes --chars"), globs=True),
    "which": Program("a"),
    "whoami": Program(operands=0),
    "xxd": Program("bpiu", "clsg", operands=1),
}  # fmt: skip
"""Programs that only look at files and print."""
