"""What is known of programs that build and test: by which words they run the workspace's own code.

As for programs that only read, this is a table of what is allowed: other options may name a program
to run or settings to obey, such as `go test -exec` and `cargo test --config`.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILDS: dict[str, tuple[str, ...]] = {
    "bazel": ("build", "test"),
    "black": (),
    "bun": ("test", "run build", "run test"),
    "bundle": ("exec rspec", "exec rubocop"),
    "cargo": ("build", "check", "clippy", "doc", "fmt", "nextest", "run", "test", "tree", "bench"),
    "cmake": (),
    "composer": ("test", "validate"),
    "coverage": ("report", "run"),
    "ctest": (),
    "deno": ("check", "fmt", "lint", "test"),
    "dotnet": ("build", "format", "test"),
    "eslint": (),
    "flake8": (),
    "g++": (),
    "gcc": (),
    "go": ("build", "fmt", "list", "mod tidy", "mod graph", "test", "version", "vet"),
    "gofmt": (),
    "gradle": ("build", "check", "test", "tasks"),
    "gradlew": ("build", "check", "test"),
    "isort": (),
    "javac": (),
    "jest": (),
    "just": (),
    "make": (),
    "mocha": (),
    "mvn": ("compile", "package", "test", "verify"),
    "mypy": (),
    "ninja": (),
    "node": (),
    "nox": (),
    "npm": ("ls", "outdated", "run build", "run format", "run lint", "run test", "run typecheck",
            "start", "t", "test"),
    "phpunit": (),
    "pip": ("check", "freeze", "list", "show"),
    "pnpm": ("build", "lint", "run build", "run lint", "run test", "test"),
    "poetry": ("check", "run mypy", "run pytest", "run ruff", "show"),
    "pre-commit": ("run",),
    "prettier": (),
    "pylint": (),
    "pyright": (),
    "pytest": (),
    "python": (),
    "python3": (),
    "rake": (),
    "rspec": (),
    "ruby": (),
    "ruff": (),
    "rustc": (),
    "rustfmt": (),
    "stylua": (),
    "swift": ("build", "test"),
    "tox": (),
    "tsc": (),
    "uv": ("lock", "pip list", "run mypy", "run pytest", "run ruff", "tree"),
    "vitest": (),
    "yarn": ("build", "lint", "run build", "run lint", "run test", "test", "tsc"),
}  # fmt: skip
"""Programs that build and test, by the subcommands that do; they run the workspace's own code."""

MODULES = _words(
    "black build compileall coverage doctest flake8 isort json.tool mypy nox pylint pyright pytest "
    "ruff tox unittest"
)
"""What `python -m` builds and tests with."""

EXACT = _words(
    "bazel cmake coverage g++ gcc gradle gradlew javac just make mvn ninja node nox rake ruby "
    "rustc tox"
)
"""Programs that do what their words say: no pattern is made of a call of theirs."""

_SCRIPTS = _words(
    "-s -t -w -r --watch=false --watchAll=false --coverage --ci --silent --if-present --run "
    "--verbose --workspace= --workspaces --filter= --json --all --depth= --long --runInBand --bail"
)
_JEST = _words(
    "-t -i --testNamePattern= --watch=false --watchAll=false --coverage --ci --runInBand --silent "
    "--verbose --bail --passWithNoTests --run --findRelatedTests -g --grep="
)
OPTIONS: dict[str, frozenset[str]] = {
    "black": _words("-q -v -l -S --check --diff --quiet --line-length= --fast"),
    "bun": _SCRIPTS,
    "bundle": _words("-q"),
    "cargo": _words(
        "-r -p -q -v -j -i -D -W -A --release --all --workspace --all-targets --all-features "
        "--features --features= --no-default-features --package --package= --lib --bin --bins "
        "--tests --test --example --examples --benches --doc --no-run --no-fail-fast --quiet "
        "--verbose --locked --offline --frozen --jobs= --check --message-format= --color= "
        "--nocapture --ignored --skip --test-threads= --include-ignored --exact --show-output "
        "--depth= --fix --no-deps --allow-dirty"
    ),
    "composer": _words("-v -q --strict --no-check-all"),
    "ctest": _words("-V -VV -N -j -R -E -L --output-on-failure --rerun-failed --timeout --verbose"),
    "deno": _words("-q --check --quiet --filter --filter="),
    "doctest": _words("-v"),
    "dotnet": _words(
        "-c -v -q --no-build --no-restore --configuration --filter --verbosity --nologo --framework"
    ),
    "eslint": _words(
        "--ext --ext= --fix --quiet --max-warnings --max-warnings= --cache --fix-dry-run "
        "--no-error-on-unmatched-pattern"
    ),
    "flake8": _words(
        "-v -q --max-line-length= --select= --ignore= --extend-ignore= --count --statistics "
        "--show-source"
    ),
    "go": _words(
        "-v -run -run= -race -count -count= -short -timeout -timeout= -cover -bench -bench= "
        "-benchmem -tags -tags= -failfast -json -list -parallel -cpu -skip -mod= -n -x -m -e -f "
        "-deps -u -p"
    ),
    "gofmt": _words("-l -d -w -s"),
    "isort": _words("-c -q --check --check-only --diff --profile --profile="),
    "jest": _JEST,
    "mocha": _JEST,
    "mypy": _words(
        "-v -p -m --strict --ignore-missing-imports --show-error-codes --no-color-output --pretty "
        "--check-untyped-defs --no-error-summary"
    ),
    "npm": _SCRIPTS,
    "phpunit": _words("--filter --filter= --testdox --colors= --stop-on-failure"),
    "pip": _words("-v --format= --outdated --user"),
    "pnpm": _SCRIPTS,
    "poetry": _words("-v -q --tree"),
    "pre-commit": _words("-a -v --all-files --files --show-diff-on-failure"),
    "prettier": _words("-c -w -l --check --write --list-different --ignore-unknown --log-level="),
    "pylint": _words("-E -j -rn -sn --errors-only --disable= --enable="),
    "pyright": _words("-p --stats --outputjson --warnings"),
    "pytest": _words(
        "-v -q -x -s -l -k -m -n -ra -rA -rf --lf --ff --sw --nf --tb= --maxfail= --durations= "
        "--collect-only --co --no-header --no-summary --color= --strict-markers --verbose --quiet "
        "--exitfirst --last-failed --failed-first --showlocals --timeout= --cov --capture= "
        "--disable-warnings --no-cov"
    ),
    "rspec": _words("-fd -fp -e --format --color --example --fail-fast --only-failures"),
    "rubocop": _words("-a -A -l -x"),
    "ruff": _words(
        "-q --fix --diff --check --select --select= --ignore --ignore= --no-fix --quiet "
        "--statistics --output-format= --show-fixes --unsafe-fixes --line-length= --preview"
    ),
    "rustfmt": _words("--check --edition --edition="),
    "stylua": _words("--check"),
    "swift": _words("-c -v --filter --parallel"),
    "tsc": _words("-p -b --noEmit --project --build --pretty --strict --skipLibCheck"),
    "unittest": _words("-v -q -f -b -s -p -k -t"),
    "uv": _words("-q --check --locked"),
    "vitest": _JEST,
    "yarn": _SCRIPTS,
}
"""Options of programs of which a pattern is made, and of what they run by another name; with `=`
those whose value is in the same word. Whatever follows them stands in the workspace.
"""
