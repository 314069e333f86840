"""Qdrant's own storage engine behind the routes of Qdrant's REST API that Lockstep uses. Arguments: port, directory.

Filters, conditions, order, normalisation and index rules are the engine's (PyPI qdrant-edge-py); this only translates.
Beside the engine, the bridge keeps a collection's metadata. It differs from a Qdrant server in that one collection is
one shard in one segment, never optimised, so a search is always exact; every change is waited for, and `wait`,
`ordering`, `consistency` and `timeout` are accepted without effect; there are no replicas, keys, strict mode, aliases
or snapshots; and stored 32-bit floats are written with 64-bit digits (0.6000000238418579, where a server writes 0.6).
Any other route or field answers 501. It ends when its standard input does, so that it never outlives its parent, and
takes its data with it, since a parent that was killed cannot.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import rmtree
from threading import Thread
from time import perf_counter

import orjson

from routes import Collections, respond

LARGEST_BODY = 32 * 1024 * 1024  # Qdrant's default


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet

    def answer(self):
        started = perf_counter()
        length = int(self.headers.get("content-length", 0))
        if length > LARGEST_BODY:
            self.close_connection = True
            return self.send(413, {"status": {"error": "Payload Too Large"}, "time": 0})
        status, answer = respond(self.server.collections, self.command, self.path, self.rfile.read(length))
        if isinstance(answer, dict):
            answer["time"] = perf_counter() - started
        self.send(status, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def send(self, status, answer):
        body = answer.encode() if isinstance(answer, str) else orjson.dumps(answer)
        self.send_response(status)
        self.send_header("content-type", "text/plain" if isinstance(answer, str) else "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, directory):
        super().__init__(("127.0.0.1", port), Handler)
        self.collections = Collections(directory)


if __name__ == "__main__":
    server = Server(int(sys.argv[1]), Path(sys.argv[2]))
    Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready on http://127.0.0.1:{sys.argv[1]}", flush=True)
    sys.stdin.buffer.read()
    rmtree(sys.argv[2], ignore_errors=True)
    os._exit(0)
