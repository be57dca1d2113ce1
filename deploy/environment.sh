#!/bin/sh
# Make .venv hold what a lock file lists: `deploy/environment.sh requirements.lock`. PYTHON names another interpreter.
# With nothing to do it takes a few hundredths of a second: .venv/holds names each lock file installed, by its hash.
set -eu
cd "$(dirname "$0")/.."
lock=$1
python=${PYTHON:-python3}

stop() {
	printf '%s\n' "$*" >&2
	exit 1
}

# A linked environment belongs to another checkout, which looks after it.
if [ -L .venv ]; then exit 0; fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2], sys.version_info >= (3, 11))' 2>/dev/null) ||
	stop "The portal needs Python 3.11 or newer, but there is no $python here. Name one: make PYTHON=/path/to/python3.12 …"
case $version in
*True) version=${version% *} ;;
*) stop "The portal needs Python 3.11 or newer, and $python is ${version% *}. Name another one: make PYTHON=python3.12 …" ;;
esac

held="$lock $(git hash-object "$lock") on $version"
if grep -qxF "$held" .venv/holds 2>/dev/null; then exit 0; fi

# Without its pip an environment is half made; for another Python it is useless. Everything else can be built upon.
works=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null &&
	.venv/bin/python -m pip --version >/dev/null 2>&1) || works=nothing
if [ "$works" != "$version" ]; then
	"$python" -c 'import ensurepip, venv' 2>/dev/null ||
		stop "Python's venv has no pip here: install the package ${python##*/}-venv (as root: apt-get install ${python##*/}-venv), then run make again."
	rm -rf .venv
	"$python" -m venv .venv
fi

printf 'Installing what %s lists into .venv; the first time this takes a minute.\n' "$lock"
if [ -f .venv/holds ]; then
	others=$(grep -v "^$lock " .venv/holds || true)
	printf '%s\n' "$others" >.venv/holds
fi
pip() { .venv/bin/python -m pip --quiet --disable-pip-version-check --no-input "$@"; }
pip install --require-hashes --no-deps -r "$lock"
pip install --no-deps --no-build-isolation -e .
printf '%s\n' "$held" >>.venv/holds
