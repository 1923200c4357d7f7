#!/bin/sh
# Proves, as root and by hand, that a clone works on a Debian that has only git and python3:
#
#     apt-get install debootstrap
#     sh tests/launcher/check-bare-debian.sh [bookworm|trixie [COMMAND...]]
#
# Each COMMAND (default: the two of the README) runs in a bare Debian of its own, in a fresh clone of what is
# committed here. The Debian mirror, the pip settings and the proxy are those of this machine, read when it runs.
set -eu

suite=${1:-bookworm}
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- './anedocs sheet --weight 18.4' './anedocs test'
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
[ -z "$(git -C "$top" status --porcelain)" ] || echo 'note: what is not committed is not checked' >&2
. /etc/os-release

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT # nothing is mounted in it: mounts are made in a name space of their own, below
trap 'exit 1' HUP INT TERM
base=$work/base

mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
    sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' | head -n 1)
debootstrap --variant=minbase --include=git,python3 "$suite" "$base" "$mirror" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 1; }

# This machine's way out, put on top: sources (for the other suite), proxy and certificates, pip's settings.
cp /etc/resolv.conf /etc/hosts "$base/etc/"
rm -f "$base/etc/apt/sources.list"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
    [ ! -f "$file" ] || sed "s/\b$VERSION_CODENAME\b/$suite/g" "$file" >"$base$file"
done
apt-config dump Acquire | grep -E '^Acquire::(https?::|Check-)' >"$base/etc/apt/apt.conf.d/99host" || true
for file in /etc/pip.conf /root/.config/pip /root/.pip "${PIP_FIND_LINKS-}"; do
    [ ! -e "$file" ] || (cd / && cp -a --parents "${file#/}" "$base")
done
git clone -q --bare "$top" "$base/srv/anedocs.git"

for command; do
    root=$work/root
    rm -rf "$root"
    cp -a "$base" "$root"
    echo "== $suite: $command"
    (
        set -- LANG=C.UTF-8 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
        while IFS= read -r variable; do
            [ -z "$variable" ] || set -- "$@" "$variable"
        done <<VARIABLES
$(env | grep -iE '^(PIP_[A-Z_]*|https?_proxy|no_proxy)=')
VARIABLES
        # A copy, for installing Debian's ca-certificates writes the file of that name anew.
        if [ -f "${PIP_CERT-}" ]; then
            cp "$PIP_CERT" "$root/srv/host-ca.crt"
            set -- "$@" PIP_CERT=/srv/host-ca.crt
        fi
        start=$(date +%s)
        # shellcheck disable=SC2016  # the inner shells expand these
        unshare --mount sh -c 'root=$1; shift; mount -t proc proc "$root/proc"; exec chroot "$root" env -i "$@"' - \
            "$root" "$@" sh -euc 'cd /root; git clone -q /srv/anedocs.git; cd anedocs; eval "$1"
                git status --porcelain --untracked-files=all' - "$command"
        echo "== $(($(date +%s) - start)) s: $command"
    )
done
