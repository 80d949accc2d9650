"""Servers to ask a language model of: llama.cpp's own with random weights, and small ones that misbehave.

Run as a program it serves a model until it is killed: `python llm_servers.py MODEL.gguf`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = "sk-test-7f3a9c51d0e84b"  # looks like a key, opens nothing


def write_model(path: Path, *, width: int = 64, window: int = 65_536) -> None:
    """A language model of one layer whose vocabulary is the 256 bytes and whose weights are random: it writes nonsense.

    Asked for its likeliest token each time, it never ends by itself: the one that ends a reply is never likeliest.
    """
    import gguf
    import numpy as np

    tokens = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256))]
    kinds = [gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 2, *[gguf.TokenType.BYTE] * 256]
    random = np.random.default_rng(5)
    shapes = {"token_embd": (len(tokens), width), "output": (len(tokens), width)}
    shapes |= {f"blk.0.attn_{part}": (width, width) for part in ("q", "k", "v", "output")}
    shapes |= {"blk.0.ffn_gate": (width, width), "blk.0.ffn_up": (width, width), "blk.0.ffn_down": (width, width)}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(window)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(width)
    writer.add_head_count(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // 2)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    for name, token in (("unk", 0), ("bos", 1), ("eos", 2)):
        getattr(writer, f"add_{name}_token_id")(token)
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: ")
    for name, shape in shapes.items():
        weights = random.normal(0, 0.5, shape).astype(np.float32)
        if name == "output":
            weights[:3] = 0
        writer.add_tensor(f"{name}.weight", weights)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@contextlib.contextmanager
def llama_server(model: Path, *, window: int, key: str | None = None) -> Iterator[str]:
    """Serve a model with llama.cpp's own server, in this process; yields its base address."""
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.model_alias = str(model), {"tiny"}
    wanted.hostnames, wanted.port = ["127.0.0.1"], 0
    wanted.n_ctx, wanted.n_parallel, wanted.warmup, wanted.verbosity = window, 1, False, -1
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    wanted.api_keys = [key] if key else []
    server = xllamacpp.Server(wanted)
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server  # its threads end with it


def is_writing(address: str, *, key: str | None = None) -> bool:
    """Whether llama.cpp's server is working on a reply."""
    asked = urllib.request.Request(
        address.removesuffix("/v1") + "/slots", headers={"Authorization": f"Bearer {key}"} if key else {}
    )
    with urllib.request.urlopen(asked, timeout=5) as response:
        return any(slot["is_processing"] for slot in json.load(response))


@dataclass
class Asked:
    """A request as a small server received it."""

    path: str
    headers: dict[str, str]
    body: dict


@dataclass
class Small:
    """A small server: its base address, what it was asked, and whether whoever asked has gone."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://").removesuffix("/v1")


class Request(BaseHTTPRequestHandler):
    """One request to a small server, with short ways to answer it."""

    protocol_version = "HTTP/1.1"
    small: Small
    body: dict

    def log_message(self, *_) -> None:
        """Say nothing."""

    def send(self, status: int, content: object, *, headers: dict[str, str] | None = None) -> None:
        """Send a whole response: bytes, or what becomes JSON."""
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        usual = {"Content-Type": "application/json", "Content-Length": str(len(raw))}
        for name, value in {**usual, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def begin(self) -> None:
        """Begin a streamed response whose end is the end of the connection."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()

    def piece(self, text: str | None, *, end: str | None = None) -> None:
        """Send a piece of a reply."""
        delta = {"content": text} if text is not None else {}
        self.event(json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}))

    def event(self, line: str) -> None:
        self.wfile.write(f"data: {line}\n\n".encode())
        self.wfile.flush()

    def reply(self, *texts: str) -> None:
        """Send a whole reply."""
        self.begin()
        for text in texts:
            self.piece(text)
        self.piece(None, end="stop")
        self.event("[DONE]")

    def linger(self) -> None:
        """Wait until whoever asked has gone, or the server closes."""
        self.connection.settimeout(0.02)
        while not self.small.closing.is_set():
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(1):
                    self.small.gone.set()
                    return


@contextlib.contextmanager
def serving(answer: Callable[[Request], None], *, models: object = None) -> Iterator[Small]:
    """Serve on 127.0.0.1: `answer` answers what is asked of a model; `models` is the list of them, or {"pages": …}."""
    small = Small()

    class Handler(Request):
        def do_GET(self) -> None:
            small.asked.append(Asked(self.path, dict(self.headers), {}))
            several = isinstance(models, dict) and "pages" in models
            page = models["pages"].get(self.path) if several else {"/v1/models": models}.get(self.path)
            self.send(200, page) if page is not None else self.send(404, {"error": "no such page"})

        def do_POST(self) -> None:
            self.small = small
            self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            small.asked.append(Asked(self.path, dict(self.headers), self.body))
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):
                small.gone.set()
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        small.url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield small
        finally:
            small.closing.set()
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def talking(sent: bytes | None) -> Iterator[str]:
    """A server that speaks no HTTP: it takes a connection and sends some bytes, or nothing at all, and keeps it."""
    listening = socket.create_server(("127.0.0.1", 0))
    closing = threading.Event()

    def talk() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                if sent is None:
                    closing.wait()
                else:
                    connection.recv(65_536)
                    connection.sendall(sent)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        closing.set()
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


if __name__ == "__main__":
    with llama_server(Path(sys.argv[1]), window=65_536) as address:
        print(address, flush=True)  # noqa: T201
        time.sleep(60)
