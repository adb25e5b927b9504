#!/bin/sh
# Runs the plugin's tests in a headless Neovim against a fake server.
# NVIM names the Neovim to test. Exit status: 0 passed, or skipped because there is no Neovim.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
nvim=${NVIM:-nvim}
if ! command -v "$nvim" >/dev/null 2>&1; then
    echo "skipped: $nvim is not installed (Debian: apt-get install neovim)"
    exit 0
fi
command -v python3 >/dev/null 2>&1 || { echo "python3 is needed for the fake server" >&2; exit 1; }

# A home of its own: no configuration, no log and no state of the user's.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data"
export XDG_STATE_HOME="$home/state" XDG_CACHE_HOME="$home/cache"

"$nvim" --version | head -n 1
failed=0
for spec in "$here"/*_spec.lua; do
    echo "# $(basename "$spec")"
    if ! timeout 120 "$nvim" --headless -n -i NONE -u "$here/init.lua" -c "luafile $spec"; then
        failed=1
    fi
done
exit $failed
