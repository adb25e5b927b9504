#!/bin/sh
# Installs Kate, and what makes a desktop for it that nobody sees. What is there already stays.
set -eu
for program in kate Xvfb xdotool dbus-run-session openbox; do
  command -v "$program" >/dev/null || missing=yes
done
[ -n "${missing:-}" ] || exit 0
command -v apt-get >/dev/null || { echo "Install Kate, Xvfb, xdotool, dbus and openbox first." >&2; exit 0; }
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
  kate xvfb xdotool dbus openbox >/dev/null
