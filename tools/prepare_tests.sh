#!/bin/sh
# Sees to the programs that the tests need besides Python: PostgreSQL, Chromium, a Chinese font, GNU gettext.
# Installs them where that is allowed without asking; otherwise names every one that is missing and fails.
set -eu
cd "$(dirname "$0")/.."
. tools/common.sh

has() { command -v "$1" >/dev/null; }
has_postgresql() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_chromium() { .venv/bin/python -c 'import sys; from tests.plugin import chromium_path as c; sys.exit(not c())'; }
has_chinese_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn 2>/dev/null)" ]; }
is_ubuntu() { [ -r /etc/os-release ] && grep -q '^ID=ubuntu' /etc/os-release; }

wanted=
has_postgresql || wanted="$wanted postgresql"
has_chinese_font || wanted="$wanted fonts-noto-cjk fontconfig"
{ has xgettext && has msgmerge; } || wanted="$wanted gettext"
# Ubuntu's package of that name only starts a snap, which does not work everywhere: see below.
if ! has_chromium && ! is_ubuntu; then wanted="$wanted chromium"; fi

if [ -n "$wanted" ]; then
  # shellcheck disable=SC2086  # a list of words
  apt_install $wanted || die "make test needs them. Without them there is: make test-sqlite."
fi
if ! has_chromium; then
  say "Fetching Chromium …"
  if may_install; then deps=--with-deps; else deps=; fi
  .venv/bin/python -m playwright install $deps chromium >&2 && has_chromium ||
    die "Missing: Chromium. Install it, or name it: CARELOOP_CHROMIUM=/path/to/chromium make test"
fi
