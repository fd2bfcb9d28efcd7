#!/bin/sh
# Writes requirements.lock (what runs CareLoop) and requirements-dev.lock (and what tests it) from pyproject.toml.
# Versions that are locked already stay unless `make lock UPGRADE=1`. Needs uv.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/ (pip install uv)" >&2; exit 1; }

upgrade=${UPGRADE:+--upgrade}
lock() {
  # The lock holds for every index, so no address and no path stands in it.
  uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links --quiet $upgrade --output-file "$@" >/dev/null
}
lock requirements.lock --group build
lock requirements-dev.lock --group build --group dev --extra analytics --constraint requirements.lock
wc -l requirements.lock requirements-dev.lock
