#!/usr/bin/env bash
# Installs what the tests need, where it is missing and can be installed, and runs them all.
# Without the means to install, it says exactly what is missing and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
have() { command -v "$1" >/dev/null 2>&1; }
have_postgres() { have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
have_chromium() { have chromium || have chromium-browser || have google-chrome || have google-chrome-stable; }

have redis-server || missing+=(redis-server)
have_postgres || missing+=(postgresql)
have_chromium || missing+=(chromium)
have npm || missing+=(npm)

if ((${#missing[@]})); then
  if have apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    echo "installing ${missing[*]}" >&2
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "the tests need: ${missing[*]}" >&2
    echo "on Debian or Ubuntu: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
  echo "gofmt would change:" >&2
  echo "$unformatted" >&2
  exit 1
fi
go vet -tags nomsgpack ./...
go test -tags nomsgpack -race -timeout 20m ./...
