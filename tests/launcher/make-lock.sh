#!/bin/sh
# Makes the two parts of the lock anew after pyproject.toml has changed (needs uv; versions that still fit are kept):
#
#     sh tests/launcher/make-lock.sh [--upgrade]
#
# requirements.lock lists all that anedocs runs with. requirements-dev.lock includes it and adds what the tests need;
# no package stands in both. Together they are complete, so that ./anedocs can install them without resolving anything.
set -eu
cd "$(dirname "$0")/../.."
made='# Made by tests/launcher/make-lock.sh; not edited by hand.'

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header "$@" pyproject.toml >/dev/null
}

compile "$@" -o requirements.lock
# shellcheck disable=SC2046  # a list of words
compile "$@" --extra dev -c requirements.lock -o requirements-dev.lock \
    $(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' requirements.lock)
printf '%s\n' "$made" | cat - requirements.lock >lock.new
mv lock.new requirements.lock
{ printf '%s\n-r requirements.lock\n' "$made"; sed '/^# The following packages were excluded/,$d' requirements-dev.lock; } >lock.new
mv lock.new requirements-dev.lock
