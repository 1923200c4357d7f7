# The project's tests, for `./anedocs test [--all] [pytest arguments]`, which installs their tools and reads this
# file. $root and $venv, say, die and apt_install are those of ./anedocs.
# shellcheck shell=sh disable=SC2154

# Java 17 by name where the system has it: what it calls the default may be older.
java_package() {
    if apt-cache show openjdk-17-jdk-headless >/dev/null 2>&1; then
        echo openjdk-17-jdk-headless
    else
        echo default-jdk-headless
    fi
}

# Sets $missing: Debian's names of the engines that the long tests lack: Java with Maven, Node with npm, LibreOffice.
find_missing_engines() {
    missing=
    command -v javac >/dev/null || missing="$missing $(java_package)"
    command -v mvn >/dev/null || missing="$missing maven"
    command -v npm >/dev/null || missing="$missing nodejs npm"
    command -v soffice >/dev/null && [ -f /usr/lib/libreoffice/program/libsclo.so ] ||
        missing="$missing libreoffice-calc-nogui libreoffice-writer-nogui"
}

install_engines() {
    find_missing_engines
    [ -z "$missing" ] || apt_install
    find_missing_engines
    [ -z "$missing" ] || say "without$missing some of the long tests are skipped, and say so"
}

# Runs a tool under a name for people; $failed gathers the names of those that found something.
step() {
    name=$1
    shift
    say "$name"
    "$venv/bin/python" -I -m "$@" || failed="$failed, $name"
}

cd "$root" || exit
all=
[ "${1-}" != --all ] || { all=1; shift; }
[ $# = 0 ] || exec "$venv/bin/python" -I -m pytest "$@"
[ -z "$all" ] || install_engines
failed=
step ruff ruff check .
step mypy mypy
if [ -z "$all" ]; then
    step pytest pytest -n auto --dist worksteal -q -m 'not long'
else
    step 'pytest with coverage' pytest --cov -n auto -q -m 'not pages and not long'
    step 'pytest on finished pages' pytest -n auto -q -m 'pages and not long'
    step 'the long tests (each fact, fifty kills, the real engines)' \
        pytest -n auto --dist loadgroup -q -rs -m long
fi
[ -z "$failed" ] || die "failed: ${failed#, }"
