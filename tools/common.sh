# Read by the other scripts of this folder: messages, and installing Debian packages where that is allowed.

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# Command that becomes root without asking; fails where there is none.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

may_install() { command -v apt-get >/dev/null && as_root true; }

# apt_install PACKAGE…: installs, or says what a person has to type.
apt_install() {
  if ! command -v apt-get >/dev/null; then
    say "Missing: $*. This machine has no apt-get; install them the way it does that."; return 1
  elif ! may_install; then
    say "Missing: $*." "Type: sudo apt-get install $*"; return 1
  fi
  say "Installing $* …"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 || return 1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}
