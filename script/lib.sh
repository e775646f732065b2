# Shared by the scripts here: say, fail with the command to run, apt, Python, Node. Sourced, never run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\033[1m%s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 4; }

# apt_install PACKAGE...: installs Debian packages, or says exactly what the person must run.
apt_install() {
  local command="apt-get install -y --no-install-recommends $*"
  command -v apt-get >/dev/null || fail "Missing: $*. This system has no apt-get; install them with its own package manager and run this again."
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "Missing: $*. Run:  sudo $command   and then this again."
    as_root=(sudo -n)
  fi
  say "Installing $* …"
  # The package list is fetched only when the install can't be done with the one at hand.
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $command >/dev/null 2>&1 \
    || { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $command >/dev/null; } \
    || fail "Could not install $* (no network?). Run:  sudo apt-get update && sudo $command   and then this again."
}

# need COMMAND PACKAGE...: installs the packages when the command is not there.
need() { local name=$1; shift; command -v "$name" >/dev/null || apt_install "$@"; }

python_ok() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && python_ok "$name"; then command -v "$name"; return; fi
  done
  apt_install python3 python3-venv >&2
  command -v python3 >/dev/null && python_ok python3 || fail "Python 3.11 or newer is needed. Install it and run this again."
  command -v python3
}

# fresh STAMP FILE...: true when the stamp was written for exactly these files.
digest_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
fresh() { local stamp=$1; shift; [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(digest_of "$@")" ]; }
mark() { local stamp=$1; shift; digest_of "$@" >"$stamp"; }

# venv NAME: makes .venv with the hash-locked requirements of that name: app, demo (holds app) or test (holds demo).
venv() {
  local lock="requirements/$1.txt" python larger
  fresh .venv/.locked "$lock" pyproject.toml && return
  # Never go back from a larger set to a smaller one.
  for larger in demo test; do
    [ "$1" = app ] || [ "$larger" = test ] || continue
    [ "$1" != test ] && fresh .venv/.locked "requirements/$larger.txt" pyproject.toml && return
  done
  python=$(find_python)
  "$python" -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
  [ -x .venv/bin/python ] && python_ok .venv/bin/python || { rm -rf .venv; "$python" -m venv .venv; }
  say "Installing Python packages ($lock, every one checked by its hash) …"
  .venv/bin/python -m pip install -q --require-hashes -r "$lock" \
    || fail "The Python packages could not be installed (no network?). When it is back, run this again."
  .venv/bin/python -m pip install -q --require-hashes -r requirements/build.txt
  .venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
  mark .venv/.locked "$lock" pyproject.toml
}

node_ok() { command -v node >/dev/null && command -v npm >/dev/null && node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)'; }

# node_ready: a Node >= 20.19 with npm on the PATH, from the machine or pinned from PyPI.
node_ready() {
  [ -d .node/bin ] && PATH="$PWD/.node/bin:$PATH"
  node_ok && return
  say "Installing Node (requirements/node.txt) …"
  "$(find_python)" -m venv .node
  .node/bin/python -m pip install -q --require-hashes -r requirements/node.txt \
    || fail "Node could not be installed (no network?). Install Node >= 20.19 with npm, or run this again with a network."
  PATH="$PWD/.node/bin:$PATH"
  node_ok || fail "The Node just installed does not run here. Install Node >= 20.19 with npm and run this again."
}

# tablet: builds the offline client when its sources changed.
tablet() {
  node_ready
  local sources
  sources=$(git ls-files -co --exclude-standard fieldapp/tablet 2>/dev/null || find fieldapp/tablet -type f -not -path '*/node_modules/*')
  [ -d fieldapp/tablet/node_modules ] && fresh fieldapp/tablet/node_modules/.locked fieldapp/tablet/package-lock.json || {
    say "Installing the tablet's packages (npm ci) …"
    (cd fieldapp/tablet && npm ci --no-fund --no-audit --loglevel=error) || fail "npm ci failed (no network?). Run it in fieldapp/tablet to see why."
    mark fieldapp/tablet/node_modules/.locked fieldapp/tablet/package-lock.json
  }
  # shellcheck disable=SC2086
  [ -f fieldapp/static/tablet/index.html ] && fresh fieldapp/tablet/node_modules/.built $sources || {
    say "Building the tablet …"
    (cd fieldapp/tablet && npm run --silent build >/dev/null) || fail "The tablet's build failed. Run  npm run build  in fieldapp/tablet to see why."
    # shellcheck disable=SC2086
    mark fieldapp/tablet/node_modules/.built $sources
  }
}

# pango: what WeasyPrint draws with, and the fonts.
pango() {
  ldconfig -p 2>/dev/null | grep -q 'libpangoft2-1.0.so.0' && ldconfig -p | grep -q 'libharfbuzz-subset.so.0' \
    && fc-list 2>/dev/null | grep -q 'DejaVuSans.ttf' && return
  apt_install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fontconfig
}
