#!/bin/sh
# install.sh LOCKFILE: puts what LOCKFILE names, and CareLoop itself, into .venv. Needs Python 3.11 and nothing else.
set -eu
cd "$(dirname "$0")/.."
. tools/common.sh

lock=$1
venv=.venv

new_enough() { "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null && new_enough "$candidate"; then command -v "$candidate"; return; fi
  done
  die "CareLoop needs Python 3.11 or newer. Found: $(python3 --version 2>&1 || true)." \
      "Install one (Debian 12, Ubuntu 24.04: apt-get install python3), or name it: make up PYTHON=/path/to/python3"
}

make_venv() {
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then  # Debian keeps these two in a package of their own
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    apt_install "$version-venv" || die "Python cannot make virtual environments without it; then start again."
  fi
  say "Making $venv with $("$python" --version) …"
  "$python" -m venv "$venv" || { rm -rf "$venv"; die "python -m venv failed; see above."; }
}

[ -x "$venv/bin/python" ] || make_venv
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >&2
say "Installing $lock …"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input -q "$@"; }
pip install --no-deps --require-hashes -r "$lock" ||
  die "The packages of $lock were not installed; see above. Is the package index reachable (PIP_INDEX_URL, proxy)?"
pip install --no-deps --no-build-isolation -e . || die "CareLoop itself was not installed; see above."
