#!/bin/sh
# Newer editors than this system has: Debian 13's Neovim 0.10, Emacs 30 and Helix 25.01, in a folder.
#   ARRIERO_EDITORS_CACHE=/a/folder tests/editors/trixie.sh
# Needs root and debootstrap; two minutes and 0.7 GB, once. Nothing is mounted and nothing runs in a
# chroot: bin/nvim, bin/emacs and bin/hx start the programs with their own loader and libraries, so
# that what they start (`arriero lsp`) is this system's.
set -eu
folder=${ARRIERO_EDITORS_CACHE:?name the folder}
mkdir -p "$folder/bin"
root=$(cd "$folder" && pwd)/trixie
if [ ! -e "$root/complete" ]; then
    if ! command -v debootstrap >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
    fi
    debootstrap --variant=minbase --include=neovim,emacs-nox,hx,ca-certificates \
        trixie "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
    touch "$root/complete"
fi

libraries=$(echo "$root"/usr/lib/*-linux-gnu)
loader=$(echo "$root"/lib*/ld-linux-*.so.*)
emacs=$(echo "$root"/usr/share/emacs/[0-9]*)
libexec=$(echo "$root"/usr/libexec/emacs/*/*-linux-gnu)
starter() {
    name=$1 program=$2
    shift 2
    {
        echo '#!/bin/sh'
        printf 'export %s\n' "$@"
        echo "exec '$loader' --library-path '$libraries' $program \"\$@\""
    } >"$folder/bin/$name"
    chmod +x "$folder/bin/$name"
}
starter nvim "'$root/usr/bin/nvim'" "VIMRUNTIME='$root/usr/share/nvim/runtime'"
starter hx "'$root/usr/lib/hx/hx'" "HELIX_RUNTIME='$root/usr/lib/hx/runtime'"
starter emacs "'$root/usr/bin/emacs-nox' --dump-file '$(echo "$libexec"/*.pdmp)'" \
    "EMACSDATA='$emacs/etc'" "EMACSPATH='$libexec'" \
    "EMACSLOADPATH='$(find "$emacs/lisp" -type d | tr '\n' ':')'"
for name in nvim hx emacs; do "$folder/bin/$name" --version 2>/dev/null | head -n 1; done
