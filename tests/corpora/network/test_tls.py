"""TLS connections reach only the intended host, directly and through a proxy."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from corpora.crawl.answer import Answer, Validators
from corpora.crawl.fetch import Bounds, Fetcher
from corpora.crawl.pace import Pace
from tests.hostile_site import page, serving_site

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")

BODY = page("x" * 500_000)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@contextmanager
def serving_tls(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    with serving_site({"/": BODY}) as server:
        server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
        yield f"https://localhost:{server.server.server_port}/"


@contextmanager
def tunnelling() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that opens tunnels (CONNECT) and records what it was asked for."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    is_closed = Event()

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while not is_closed.is_set():
            with suppress(TimeoutError):
                client, _ = listener.accept()
                asked.append(client.recv(65_536).split(b"\r\n")[0])
                host, _, port = asked[-1].split()[1].decode().partition(":")
                server = socket.create_connection((host, int(port)))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                pumps = [Thread(target=pump, args=ends) for ends in ((client, server), (server, client))]
                for thread in pumps:
                    thread.start()
                for thread in pumps:
                    thread.join()
                client.close()
                server.close()

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        is_closed.set()
        thread.join()
        listener.close()


def fetch(url: str) -> Answer:
    stop = Event()
    bounds = Bounds(page_bytes=2_000_000, page_seconds=20, attempts=1)
    with closing(Fetcher(bounds, Pace(0, stop), stop, allow_private=True)) as fetcher:
        for _ in range(2):  # the second over the connection of the first
            answer = fetcher.fetch(url, Validators())
        return answer


def test_a_host_with_a_valid_certificate_is_read(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate.pem"))
    with serving_tls(certificate) as url:
        assert fetch(url).body == BODY.encode()


def test_a_host_with_a_certificate_for_another_name_or_none_is_refused(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_tls(certificate) as url:
        assert "CERTIFICATE_VERIFY_FAILED" in fetch(url).detail
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate.pem"))
        assert "CERTIFICATE_VERIFY_FAILED" in fetch(url.replace("localhost", "127.0.0.1")).detail


def test_a_host_behind_a_proxy_needs_a_valid_certificate(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate.pem"))
    monkeypatch.setattr("corpora.crawl.addresses._is_local", lambda host: False)
    with serving_tls(certificate) as url, tunnelling() as (proxy, asked):
        monkeypatch.setenv("https_proxy", proxy)
        for name in ("no_proxy", "NO_PROXY", "HTTPS_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert fetch(url).body == BODY.encode()
        assert asked == [f"CONNECT {url.split('/')[2]} HTTP/1.1".encode()]
