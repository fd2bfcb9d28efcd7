#!/bin/sh
# commit_message.sh FILE: the subject reads "area: Sentence.", has at most 72 columns, and a body says why.
set -eu
subject=$(sed -n 1p "$1")
case $subject in Merge\ *|Revert\ *) exit 0 ;; esac
printf '%s\n' "$subject" | grep -qE '^[a-z][a-z0-9, ]*: [^a-z ].*[.]$' ||
  { echo "commit message: the first line reads “area: Sentence.”, for instance “cases: Show the promise on the card.”" >&2; exit 1; }
[ "$(printf '%s' "$subject" | wc -m)" -le 72 ] || { echo "commit message: the first line has more than 72 columns" >&2; exit 1; }
[ -z "$(sed -n 2p "$1")" ] || { echo "commit message: the second line is empty" >&2; exit 1; }
