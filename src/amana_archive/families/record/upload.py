"""One file of a form, kept in memory only: what a family sends never lies on a disk in clear."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from amana_archive.families.record.pictures import MAX_BYTES


class InMemory(FileUploadHandler):
    """At most MAX_BYTES, in memory; more ends the upload."""

    chunks: list[bytes]

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.chunks, self.size = [], 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size > MAX_BYTES:
            raise StopUpload(connection_reset=True)
        self.chunks.append(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        return SimpleUploadedFile("file", b"".join(self.chunks))


def takes_a_file(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For the views that take a file, and only them: every other form drops files unread. The
    form's token is checked after the handler is in place, because checking reads the form."""
    protected = csrf_protect(view)

    @wraps(view)
    def taking(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [InMemory(request)]
        return protected(request, **kwargs)

    return csrf_exempt(taking)
