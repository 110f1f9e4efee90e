"""The store in S3, or in anything that speaks it, through `obstore`.

Credentials and endpoint come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_ENDPOINT, AWS_REGION): never from the archive's folder, which is backed up. The server sees
keyed names, padded lengths and sealed bytes, as a thief of the folder would.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import obstore
from obstore.store import S3Store as Bucket

from amana.core.seal import Reader
from amana.errors import WriteFailed
from amana.reunite.store import HashingWriter, Sealed, Sealing

SCHEME = "s3://"


class S3Store:
    """Objects below `url` (`s3://bucket/prefix`). A `put` is atomic and durable there."""

    def __init__(self, url: str, **options: Any) -> None:
        bucket, _, prefix = url.removeprefix(SCHEME).strip("/").partition("/")
        endpoint = os.environ.get("AWS_ENDPOINT", "")
        plain = {"client_options": {"allow_http": True}} if endpoint.startswith("http:") else {}
        given = {"virtual_hosted_style_request": False, **plain, **options}
        self._bucket = Bucket(bucket, prefix=prefix or None, **given)
        self.url = url

    def put(self, name: str, data: bytes) -> bool:
        with _speaking(self.url):
            try:
                obstore.put(self._bucket, name, data, mode="create")
            except obstore.exceptions.AlreadyExistsError:
                return False
        return True

    def get(self, name: str) -> bytes:
        try:
            return bytes(obstore.get(self._bucket, name).bytes())
        except FileNotFoundError:
            raise KeyError(name) from None

    def open(self, name: str) -> AbstractContextManager[Reader]:
        if not self.has(name):
            raise KeyError(name)
        return nullcontext(_AsReader(obstore.open_reader(self._bucket, name)))

    def names(self, prefix: str = "") -> Iterator[str]:
        for page in obstore.list(self._bucket):
            for entry in page:
                if entry["path"].startswith(prefix):
                    yield entry["path"]

    def has(self, name: str) -> bool:
        try:
            obstore.head(self._bucket, name)
        except FileNotFoundError:
            return False
        return True

    def replace(self, name: str, data: Sealed, digest: bytes = b"") -> bytes:
        with _speaking(self.url):
            obstore.put(self._bucket, name, data)
        return digest or hashlib.sha256(data).digest()

    def replace_stream(self, name: str, reader: Reader, size: int, seal_to: Sealing) -> bytes:
        with _speaking(self.url), obstore.open_writer(self._bucket, name) as writer:
            hashing = HashingWriter(_AsWriter(writer))
            seal_to(reader, size, hashing)
        return hashing.digest()

    def flush(self) -> None:
        """Nothing is kept back: a put that returned is durable."""


class _AsReader:
    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        return bytes(self._file.read(size) if size >= 0 else self._file.read())


class _AsWriter:
    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: bytes, /) -> int:
        self._file.write(data)
        return len(data)

    def flush(self) -> None:
        """The service takes parts as they are full."""


class _speaking:  # noqa: N801 - a context, read as a verb
    """The service's refusals as ours."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None and kind.__module__.startswith("obstore"):
            raise WriteFailed(path=self._url, reason=str(error).partition("\n")[0][:200])
