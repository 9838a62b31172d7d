"""Real stores on loopback, started by the tests that use them: S3 (moto's server) and a web server."""

from __future__ import annotations

import datetime
import logging
import random
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

BUCKET = "clips"
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
"""What S3 says where it is asked too often."""


@dataclass
class Store:
    """An S3 store that can be told to fail."""

    url: str = ""
    requests: list[str] = field(default_factory=list)
    """Method and path of each request."""
    failures: int = 0
    """So many of the next requests are answered with 503."""
    broken: str = "(none)"
    """Requests whose path holds this always are."""
    refused: str = "(none)"
    """Requests whose path holds this are answered with 403."""
    ends: dict[str, int] = field(default_factory=dict)
    """What a path ends in to the byte from which on it is refused."""
    flaky: int = 0
    """One request in so many fails: by 503, or a connection that is dropped, before the work or after it."""
    faults: list[str] = field(default_factory=list)
    """How those failed."""
    slow_s: float = 0.0
    """So long each request waits."""
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    system: Any = None

    def put(self, name: str, data: bytes | Path) -> str:
        """Lay an object into the bucket; returns its address."""
        self.system.pipe_file(f"{BUCKET}/{name}", data if isinstance(data, bytes) else data.read_bytes())
        return f"s3://{BUCKET}/{name}"

    def empty(self) -> None:
        """Remove all objects, and what was said of failing."""
        self.failures, self.broken, self.refused, self.ends = 0, "(none)", "(none)", {}
        self.flaky, self.chance, self.slow_s = 0, random.Random(0), 0.0
        self.faults.clear()
        if self.system.exists(BUCKET):
            self.system.rm(BUCKET, recursive=True)
        self.system.mkdir(BUCKET)
        self.system.invalidate_cache()
        self.requests.clear()


@contextmanager
def s3_server() -> Iterator[Store]:
    """A server of S3 that the environment leads to, with one bucket; skips where a package is missing."""
    server_of = pytest.importorskip("moto.server", reason="needs moto (pip install 'mimik[dev]')")
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs (pip install 'mimik[remote]')")
    from werkzeug.serving import make_server

    store, inner = Store(), server_of.DomainDispatcherApplication(server_of.create_backend_app)

    def answer(environ: dict[str, Any], start: Any) -> Any:
        store.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        time.sleep(store.slow_s)
        if store.failures > 0 or store.broken in environ["PATH_INFO"]:
            store.failures -= 1
            start("503 Slow Down", [("Content-Type", "application/xml")])
            return [SLOW_DOWN if environ["REQUEST_METHOD"] != "HEAD" else b""]
        asked = re.match(r"bytes=(\d+)-", environ.get("HTTP_RANGE", ""))
        limits = [limit for name, limit in store.ends.items() if environ["PATH_INFO"].endswith(name)]
        beyond = asked is not None and any(int(asked[1]) >= limit for limit in limits)
        if beyond or store.refused in environ["PATH_INFO"]:
            start("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        if store.flaky and store.chance.random() < 1 / store.flaky:
            store.faults.append(("503", "dropped", "dropped after the work")[len(store.faults) % 3])
            if store.faults[-1] == "503":
                start("503 Slow Down", [("Content-Type", "application/xml")])
                return [SLOW_DOWN if environ["REQUEST_METHOD"] != "HEAD" else b""]
            if store.faults[-1] != "dropped":
                list(inner(environ, lambda *_: None))
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        return inner(environ, start)

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.url = f"http://127.0.0.1:{server.server_port}"
    told = {
        "AWS_ENDPOINT_URL": store.url,
        "AWS_ACCESS_KEY_ID": "AKIA-KEY-OF-THE-TEST",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "3",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        store.system = s3fs.S3FileSystem()
        try:
            yield store
        finally:
            s3fs.S3FileSystem.clear_instance_cache()
            server.shutdown()
            thread.join()


@dataclass
class Web:
    """A web server of files in a folder, which may ask for a password."""

    url: str = ""
    password: str = ""
    """What is asked for, as the header Authorization has it; "" asks for none."""
    requests: list[str] = field(default_factory=list)
    """Method and path, with its query, of each request."""
    ranges: bool = True
    """Whether it gives parts of files."""


def write_certificate(path: Path) -> Path:
    """A certificate of 127.0.0.1 by nobody but itself, and its key."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography, as moto does")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*own))
    return path


@contextmanager
def web_server(folder: Path, certificate: Path | None = None) -> Iterator[Web]:
    """A web server on loopback; of https where there is a certificate, with its key in the same file."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            web.requests.append(f"{self.command} {self.path}")
            path = folder / unquote(urlsplit(self.path).path).lstrip("/")
            if web.password and self.headers.get("Authorization") != web.password:
                self._tell(401)
            elif not path.is_file():
                self._tell(404)
            else:
                self._give(path.read_bytes(), body)

        def _tell(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _give(self, data: bytes, body: bool) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if web.ranges else None
            start, end = (int(asked[1]), int(asked[2] or len(data) - 1)) if asked else (0, len(data) - 1)
            part = data[start : end + 1]
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(part)))
            self.send_header("Accept-Ranges", "bytes" if web.ranges else "none")
            self.send_header("ETag", f'"{hash(data)}"')
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(data)}")
            self.end_headers()
            if body:
                self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    web.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
