#!/bin/sh
# Proves, as root, that a clone works on a Debian that has only git and python3, today and later:
#
#     apt-get install debootstrap
#     sh tests/launcher/check-bare-debian.sh [--later DAYS] [bookworm|trixie [COMMAND...]]
#
# Each COMMAND (default: the two of the README) runs in a bare Debian of its own, in a fresh clone of what is
# committed here, with a package index beside it that holds a newer release of every package of the lock.
# With --later the system packages and the locked wheels are fetched first; then each COMMAND runs with a clock that
# many days ahead, with what was fetched and the newer releases as its only index (certificates have not that long to
# live). The Debian mirror, the pip settings and the proxy are those of this machine, read when it runs.
set -eu

later=
if [ "${1-}" = --later ]; then
    later=$2
    shift 2
fi
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
debootstrap --variant=minbase --include="git,python3${later:+,faketime}" "$suite" "$base" "$mirror" >"$work/log" 2>&1 ||
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
python3 "$top/tests/launcher/wheels.py" "$base/srv/newer" "$top/requirements.lock" "$top/requirements-dev.lock"

# What each command finds set: pip's settings and the proxy of this machine, and the newer releases as one more index.
{
    echo 'export LANG=C.UTF-8 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin'
    env | grep -iE '^(PIP_[A-Z_]*|https?_proxy|no_proxy)=' | sed "s/=\(.*\)/='\1'/; s/^/export /"
    echo "export PIP_FIND_LINKS='${PIP_FIND_LINKS:+$PIP_FIND_LINKS }/srv/newer'"
    # A copy, for installing Debian's ca-certificates writes the file of that name anew.
    [ ! -f "${PIP_CERT-}" ] || { cp "$PIP_CERT" "$base/srv/host-ca.crt"; echo 'export PIP_CERT=/srv/host-ca.crt'; }
} >"$base/srv/settings"

# Runs script $2 in the Debian $1, in a clone made anew; $3 is what the script calls $1.
in_debian() {
    # shellcheck disable=SC2016  # the inner shells expand these
    unshare --mount sh -c 'mount -t proc proc "$1/proc"; mkdir -p "$1/dev/pts"; mount --bind /dev/pts "$1/dev/pts"; exec chroot "$1" env -i sh -euc "$2" - "$3"' - "$1" \
        '. /srv/settings; rm -rf /root/anedocs; cd /root; git clone -q /srv/anedocs.git; cd anedocs; '"$2" "$3"
}

if [ -n "$later" ]; then
    echo "== $suite: fetching what the locks list"
    # shellcheck disable=SC2016
    in_debian "$base" './anedocs dose --weight 18.4 >/dev/null
        for lock in requirements.lock requirements-dev.lock; do
            .venv/bin/python -m pip download -q --no-deps --only-binary :all: --require-hashes -d /srv/wheels -r $lock
        done' -
    echo "export PIP_NO_INDEX=1 PIP_FIND_LINKS='/srv/wheels /srv/newer'" >>"$base/srv/settings"
fi

for command; do
    root=$work/root
    rm -rf "$root"
    cp -a "$base" "$root"
    echo "== $suite${later:+, $later days later}: $command"
    start=$(date +%s)
    # shellcheck disable=SC2016
    in_debian "$root" "${later:+export LD_PRELOAD=\$(find /usr/lib -name libfaketime.so.1) FAKETIME=+${later}d; date;}"'
        eval "$1"; git status --porcelain --untracked-files=all' "$command"
    echo "== $(($(date +%s) - start)) s: $command"
done
