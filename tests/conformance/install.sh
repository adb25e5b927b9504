#!/bin/sh
# Installs the clients with which the gateway is tried: packages for Python and JavaScript, and
# programs. They have a folder of their own, since they take 1.2 GB and want other versions of
# packages than Arriero does. What is there already stays.
#
#   ARRIERO_CLIENTS_CACHE=~/.cache/arriero-clients tests/conformance/install.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${ARRIERO_CLIENTS_CACHE:-$HOME/.cache/arriero-clients}
python=${ARRIERO_PYTHON:-python3}
mkdir -p "$cache/js"

if ! cmp -s "$here/requirements.txt" "$cache/requirements.txt"; then
  [ -x "$cache/py/bin/python" ] || "$python" -m venv "$cache/py"
  "$cache/py/bin/pip" install --quiet uv
  "$cache/py/bin/uv" pip install --quiet --python "$cache/py/bin/python" -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$cache/requirements.txt"
fi

if ! cmp -s "$here/package.json" "$cache/js/package.json"; then
  if command -v npm >/dev/null; then
    cp "$here/package.json" "$cache/js/wanted.json"
    mv "$cache/js/wanted.json" "$cache/js/package.json"
    npm install --prefix "$cache/js" --no-audit --no-fund --loglevel=error ||
      { rm -f "$cache/js/package.json"; exit 1; }
  else
    echo "There is no npm: the clients in JavaScript are left out." >&2
  fi
fi
# OpenAI's OpenAPI document is in no package of its own; the source of one that compares itself with
# it has it. Nothing else of that is kept, and nothing of it is installed.
if ! cmp -s "$here/openapi.txt" "$cache/openapi/openapi.txt"; then
  mkdir -p "$cache/openapi"
  "$cache/py/bin/pip" download --quiet --no-deps --no-binary :all: --ignore-requires-python \
    --dest "$cache/openapi" -r "$here/openapi.txt"
  source=$(basename "$cache"/openapi/*.tar.gz)
  tar -xzOf "$cache/openapi/$source" "${source%.tar.gz}/docs/static/openai-spec-2.3.0.yml" \
    >"$cache/openapi/openai.yml"
  rm "$cache/openapi/$source"
  cp "$here/openapi.txt" "$cache/openapi/openapi.txt"
fi
echo "The clients are in $cache."
