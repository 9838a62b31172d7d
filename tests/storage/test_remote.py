"""Files of stores: blocks, listings, what tells them apart, and messages that hold no secret."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mimik.errors import DecodeError, MissingExtraError, SourceError, SourceNotFoundError
from mimik.storage import remote
from mimik.storage.identity import fingerprint
from mimik.storage.remote import RemoteFile, in_archive, list_folder, match, stamp, without_secrets
from stores import Web, web_server

fsspec = pytest.importorskip("fsspec", reason="needs fsspec (pip install 'mimik[remote]')")


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    pytest.importorskip("aiohttp", reason="needs aiohttp (pip install 'mimik[remote]')")
    (tmp_path / "web").mkdir()
    with web_server(tmp_path / "web") as server:
        yield server


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("s3://bucket/a b.jpg", "s3://bucket/a b.jpg"),
        ("s3://bucket/what?.jpg", "s3://bucket/what?.jpg"),
        ("s3://key:secret@bucket/a.jpg", "s3://bucket/a.jpg"),
        ("https://me:pass@host/a.jpg", "https://host/a.jpg"),
        ("https://token@host/a.jpg", "https://host/a.jpg"),
        ("https://host/a.jpg?X-Amz-Signature=ab&X-Amz-Date=1", "https://host/a.jpg"),
        ("https://host/a.jpg?sv=2024&se=2026&sig=x%2F", "https://host/a.jpg"),
        ("https://host/a.jpg?v=0123456789abcdef", "https://host/a.jpg"),
        ("https://host/a.jpg#access_token=1", "https://host/a.jpg"),
        ("https://host/a.jpg?page=2", "https://host/a.jpg?page=2"),
        ("rtsp://me:pass@cam/stream?channel=1", "rtsp://cam/stream?channel=1"),
        ("rtsp://cam/stream?user=a&password=b", "rtsp://cam/stream"),
        ("abfss://box@account.dfs.core.windows.net/a.jpg", "abfss://box@account.dfs.core.windows.net/a.jpg"),
        ("hf://datasets/me/set@main/a.jpg", "hf://datasets/me/set@main/a.jpg"),
        ("clips/a@b.jpg", "clips/a@b.jpg"),
    ],
)
def test_secrets_are_taken_out_of_names(address: str, written: str) -> None:
    assert without_secrets(address) == written


def test_a_file_is_read_in_blocks(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.pipe_file("/a.bin", bytes(range(100)))
    with RemoteFile("memory://a.bin") as file:
        assert file.read(2) == b"\0\1" and file.tell() == 2
        assert file.seek(-1, 2) == 99 and file.read() == b"c"
        assert file.read_all() == bytes(range(100)) and file.name == "memory://a.bin"
        monkeypatch.setattr(remote, "MOST_BYTES", 99)
        with pytest.raises(DecodeError, match="larger than 0 MiB"):
            file.read_all()


def test_blocks_are_few_and_fetched_once(web: Web, tmp_path: Path) -> None:
    data = bytes(range(256)) * 4096 * 5
    (tmp_path / "web" / "a.bin").write_bytes(data)
    with RemoteFile(f"{web.url}/a.bin") as file:
        assert file.read(100) == data[:100]
        file.seek(len(data) - 100)
        assert file.read() == data[-100:]
        for _ in range(20):  # Sound and pictures that lie far apart.
            file.seek(0)
            assert file.read(10) == data[:10]
            file.seek(4 << 20)
            assert file.read(10) == data[:10]
    # The blocks that were asked for, and those behind them.
    assert sum(request.startswith("GET") for request in web.requests) <= 4


def test_a_server_that_gives_no_parts(web: Web, tmp_path: Path) -> None:
    (tmp_path / "web" / "a.bin").write_bytes(b"0123456789")
    web.ranges = False
    with RemoteFile(f"{web.url}/a.bin") as file:
        file.seek(5)
        assert file.read() == b"56789"


def test_folders_and_patterns(memory: Any) -> None:
    for name in ("clips/a.mp4", "clips/sub/b.mp4", "clips/.hidden", "other/c.mp4"):
        memory.pipe_file(f"/{name}", b"x")
    everything = ["memory://clips/.hidden", "memory://clips/a.mp4", "memory://clips/sub/b.mp4"]
    assert sorted(list_folder("memory://clips/")) == sorted(list_folder("memory://clips")) == everything
    assert match("memory://clips/*.mp4") == ["memory://clips/a.mp4"]
    assert sorted(match("memory://*/?.mp4")) == ["memory://clips/a.mp4", "memory://other/c.mp4"]
    assert sorted(match("memory://clips/*")) == everything  # A folder stands for what is below.
    assert match("memory://none/*.mp4") == []


def test_what_tells_a_file_from_another(memory: Any, tmp_path: Path) -> None:
    memory.pipe_file("/a.jpg", b"one")
    first = fingerprint("memory://a.jpg")
    assert first is not None and first == stamp("memory://a.jpg")
    memory.pipe_file("/a.jpg", b"two")
    assert fingerprint("memory://a.jpg") not in (None, first)
    assert fingerprint("memory://none.jpg") is None
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b.jpg", b"x")
    memory.pipe_file("/a.zip", (tmp_path / "a.zip").read_bytes())
    assert fingerprint("memory://a.zip/b.jpg") == fingerprint("memory://a.zip") is not None


def test_the_entity_tag_of_a_web_server_tells(web: Web, tmp_path: Path) -> None:
    (tmp_path / "web" / "a.jpg").write_bytes(b"one")
    first = fingerprint(f"{web.url}/a.jpg")
    (tmp_path / "web" / "a.jpg").write_bytes(b"two")
    assert first is not None and fingerprint(f"{web.url}/a.jpg") not in (None, first)


def test_a_stream_is_not_asked(web: Web) -> None:
    assert fingerprint(f"{web.url}/live") is None and fingerprint("rtsp://127.0.0.1/live") is None
    assert web.requests == []


def test_archives_in_stores() -> None:
    assert in_archive("s3://b/x.ZIP/a/b.jpg") == ("s3://b/x.ZIP", "a/b.jpg")
    assert in_archive("https://h/x.zip/b.jpg?sig=1") == ("https://h/x.zip?sig=1", "b.jpg")
    assert in_archive("s3://b/x.zip") is None is in_archive("s3://b.zip.com")


SECRETS = ("hunter2", "Signature", "d34db33f")


def test_messages_name_no_secret(web: Web) -> None:
    host = web.url.removeprefix("http://")
    address = f"http://me:hunter2@{host}/none.jpg?X-Amz-Signature=d34db33f"
    with pytest.raises(SourceNotFoundError) as found:
        RemoteFile(address)
    web.password = "Basic of someone else"
    with pytest.raises(SourceError, match=r"may not be read \(status 401\); check the cred") as refused:
        RemoteFile(address)
    nobody = "http://me:hunter2@127.0.0.1:9/none.jpg?X-Amz-Signature=d34db33f"
    with pytest.raises(SourceError, match="can't be read") as absent:
        RemoteFile(nobody)
    for error in (found.value, refused.value, absent.value):
        assert not [secret for secret in SECRETS if secret in str(error)]
        assert error.__cause__ is None and error.__suppress_context__ and "\n" not in str(error)


def test_what_a_package_says_is_kept_without_secrets() -> None:
    with pytest.raises(SourceError) as told, remote.explained("s3://me:hunter2@bucket/a.jpg"):
        raise ValueError('bad bucket "me:hunter2@bucket" at https://x/?Signature=d34db33f\nand more')
    said = str(told.value)
    assert said.startswith('s3://bucket/a.jpg: can\'t be read (bad bucket "...@bucket" at ...); check')


@pytest.mark.parametrize(
    ("address", "module", "kind", "remedy"),
    [
        ("gs://bucket/a.jpg", "gcsfs", SourceError, "pip install gcsfs"),
        ("s3://bucket/a.jpg", "fsspec.core", MissingExtraError, "mimik[remote]"),
    ],
)
def test_a_missing_package_is_named(
    address: str, module: str, kind: type[Exception], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(kind) as told:
        RemoteFile(address)
    assert remedy in str(told.value)
