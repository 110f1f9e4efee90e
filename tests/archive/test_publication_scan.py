# ruff: noqa: E501, PLW0108 - a table of plants, one a line
"""Each way in which a picture, a page or a table can give its source away is planted, and found."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from amana.errors import ScannerMissing, SourceUnreadable
from amana_archive.publication.scan import exif
from amana_archive.publication.scan.known import Known, of_record
from amana_archive.publication.scan.scan import PUBLICATION, Report, scan, scan_folder

SHA = hashlib.sha256(b"the original").hexdigest()
RAW = bytes.fromhex(SHA)
PATH = "card-7/DCIM/100NIKON/DSC_0421.JPG"
SERIAL, SIZE, MODEL = "3052897", 4_718_293, "NIKON D3100"
RECORD = {
    "ledger": "amana.ledger/" + "5" * 32,
    "salt": "c2FsdHNhbHRzYWx0",
    "original": {"sha256": SHA, "size": SIZE, "media_type": "image/jpeg", "path": PATH},
    "photo": {
        "exif": {
            "BodySerialNumber": SERIAL,
            "Model": MODEL,
            "DateTimeOriginal": "2013:05:04 10:11:12",
            "GPSLatitude": "33.513807 N",
        }
    },
}
KNOWN = of_record(RECORD)


def picture(kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def page(inside: str = "") -> bytes:
    head = '<!doctype html>\n<html lang="en"><head>\n<title>A memorial</title>\n</head>'
    return f"{head}\n<body><p>Remembered.</p>{inside}</body></html>".encode()


CLEAN = {
    "index.html": page(),
    "style.css": b"body { margin: 0 }\n",
    "dataset.json": b'{"v":1}',
    "dataset.csv": b"id,names\n1a2b3c4d,Somebody\n",
    "SHA256SUMS": f"{hashlib.sha256(page()).hexdigest()}  index.html\n".encode(),
    "pictures/1a2b3c4d.jpg": picture(),
    "pictures/2b3c4d5e.png": picture("PNG"),
}


def found(files: dict[str, bytes], known: Known = KNOWN) -> Report:
    return scan(files, known, PUBLICATION)


def test_what_is_clean_is_clean() -> None:
    report = found(CLEAN)
    assert [str(f) for f in report.findings] == []
    assert report.files == len(CLEAN)
    assert report.exiftool


# --- the plants ------------------------------------------------------------------------------


def with_exiftool(data: bytes, ending: str, *arguments: str) -> bytes:
    done = subprocess.run(
        ["exiftool", *arguments, "-o", "-", "-"], input=data, capture_output=True, check=True
    )
    assert done.stdout != data
    return done.stdout


def exif_of(**named: object) -> bytes:
    """EXIF as cameras write it, with Pillow: serial number, GPS, maker note, thumbnail."""
    from PIL.ExifTags import IFD, Base

    made = Image.Exif()
    made[Base.Make] = "X"
    if "serial" in named:
        made.get_ifd(IFD.Exif)[Base.BodySerialNumber] = str(named["serial"])
    if "maker" in named:
        made.get_ifd(IFD.Exif)[Base.MakerNote] = named["maker"]
    if "gps" in named:
        made.get_ifd(IFD.GPSInfo).update({1: "N", 2: (33.0, 30.0, 49.7)})
    return made.tobytes()


def jpeg_segment(marker: int, body: bytes) -> bytes:
    data = picture()
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    data = picture("PNG")
    chunk = struct.pack(">I", len(body)) + kind + body
    return data[:33] + chunk + struct.pack(">I", zlib.crc32(kind + body)) + data[33:]


def jfif_thumbnail() -> bytes:
    data = picture()
    body = b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x02" + bytes(12)
    old = struct.unpack(">H", data[4:6])[0]
    return data[:2] + b"\xff\xe0" + struct.pack(">H", len(body) + 2) + body + data[4 + old :]


def pdf(info: str) -> bytes:
    return f"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Author({info})>>endobj\ntrailer<</Root 1 0 R/Info 2 0 R>>\n%%EOF".encode()


def packed_text() -> bytes:
    return png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(PATH.encode()))


JPG, PNG, HTML = "pictures/x.jpg", "pictures/x.png", "x.html"
PLANTS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    # in pictures
    "serial number in EXIF": (JPG, lambda: picture(exif=exif_of(serial=SERIAL)), "serial number"),
    "another camera's serial": (JPG, lambda: picture(exif=exif_of(serial="77001")), "metadata"),
    "GPS in EXIF": (JPG, lambda: picture(exif=exif_of(gps=1)), "metadata"),
    "maker note": (JPG, lambda: picture(exif=exif_of(maker=b"Nikon\0\x02\x10\0\0MM\0*\0\0\0\x08")), "metadata"),
    "thumbnail in EXIF": (JPG, lambda: with_exiftool(picture(), "jpg", f"-ThumbnailImage<={_file(picture())}", "-Make=X"), "metadata"),
    "thumbnail in JFIF": (JPG, jfif_thumbnail, "metadata"),
    "XMP in JPEG": (JPG, lambda: with_exiftool(picture(), "jpg", "-XMP-aux:SerialNumber=" + SERIAL), "metadata"),
    "IPTC in JPEG": (JPG, lambda: with_exiftool(picture(), "jpg", "-IPTC:City=Damascus"), "metadata"),
    "comment in JPEG": (JPG, lambda: picture(comment=b"card 7"), "metadata"),
    "ICC profile": (JPG, lambda: picture(icc_profile=_profile()), "metadata"),
    "ICC profile in PNG": (PNG, lambda: picture("PNG", icc_profile=_profile()), "metadata"),
    "unknown segment": (JPG, lambda: jpeg_segment(0xEA, b"whatever"), "metadata"),
    "appended to JPEG": (JPG, lambda: picture() + b"\0tail", "appended"),
    "a second picture": (JPG, lambda: picture() + picture(), "appended"),
    "appended to PNG": (PNG, lambda: picture("PNG") + b"tail", "appended"),
    "appended raw digest": (PNG, lambda: picture("PNG") + RAW, "digest"),
    "text in PNG": (PNG, lambda: png_chunk(b"tEXt", b"Comment\0" + PATH.encode()), "path"),
    "packed text in PNG": (PNG, packed_text, "path"),
    "EXIF in PNG": (PNG, lambda: picture("PNG", exif=exif_of(serial=SERIAL)), "serial number"),
    "time in PNG": (PNG, lambda: png_chunk(b"tIME", struct.pack(">HBBBBB", 2013, 5, 4, 1, 1, 1)), "metadata"),
    "a picture that is none": (JPG, lambda: b"GIF89a", "shape"),
    "cut short": (PNG, lambda: picture("PNG")[:-20], "shape"),
    # in pages
    "comment in HTML": (HTML, lambda: page("<!-- made by Leila -->"), "page"),
    "path in a comment": (HTML, lambda: page(f"<!-- {PATH} -->"), "path"),
    "name in an attribute": (HTML, lambda: page('<img alt="dsc_0421.jpg">'), "path"),
    "path, escaped": (HTML, lambda: page(PATH.replace("/", "&#x2f;").replace("_", "%5F")), "path"),
    "a script": (HTML, lambda: page("<script>1</script>"), "page"),
    "a third party": (HTML, lambda: page('<img src="//example.org/x">'), "page"),
    "who made it": (HTML, lambda: page('<meta name="generator" content="x">'), "page"),
    "digest in hex": (HTML, lambda: page(SHA.upper()), "digest"),
    "a beginning of a digest": (HTML, lambda: page(SHA[:16]), "digest"),
    "an unknown digest": (HTML, lambda: page("a" * 31 + "b"), "digest"),
    "digest in base64": (HTML, lambda: page(base64.b64encode(RAW).decode()), "digest"),
    "digest in base64, shifted": (HTML, lambda: page(base64.b64encode(b"x" + RAW).decode()), "digest"),
    "digest in base64, for addresses": (HTML, lambda: page(base64.urlsafe_b64encode(b"xy" + RAW).decode()), "digest"),
    "path in base64": (HTML, lambda: page(base64.b64encode(PATH.encode()).decode()), "path"),
    "path in hex": (HTML, lambda: page(PATH.encode().hex()), "path"),
    "a place in degrees": (HTML, lambda: page("33.51380, 36.27650"), "place"),
    "a place between tags": (HTML, lambda: page("<bdi>33.51380</bdi>, <bdi>36.27650</bdi>"), "place"),
    "a serial number between tags": (HTML, lambda: page("30<b>528</b>97"), "serial number"),
    "a place in minutes": (HTML, lambda: page("33° 30' 49.7\" N"), "place"),
    "part of the place": (HTML, lambda: page("33.513"), "place"),
    "a mail address": (HTML, lambda: page("leila@example.org"), "mail address"),
    "an address of a machine": (HTML, lambda: page("10.1.7.200"), "network address"),
    "a path of this machine": (HTML, lambda: page("/home/leila/pictures"), "path"),
    "a Windows path": (HTML, lambda: page("C:\\Users\\leila"), "path"),
    "any camera's name": (HTML, lambda: page("IMG_1234.jpg"), "camera's name"),
    # in tables
    "exact size": ("x.json", lambda: json.dumps({"size": SIZE}).encode(), "exact size"),
    "exact size, grouped": (HTML, lambda: page("4,718,293 bytes"), "exact size"),
    "exact size in Arabic digits": (HTML, lambda: page("٤٧١٨٢٩٣"), "exact size"),
    "the camera": ("x.csv", lambda: f"id,camera\n1,{MODEL}\n".encode(), "camera"),
    "the moment": ("x.json", lambda: b'{"taken":"2013-05-04T10:11:12"}', "exact time"),
    "the moment, packed": ("x.json", lambda: b'{"taken":"20130504101112"}', "exact time"),
    "another moment": ("x.json", lambda: b'{"at":"2020-01-01 00:00"}', "exact time"),
    "the ledger": ("x.json", lambda: json.dumps({"l": RECORD["ledger"]}).encode(), "text"),
    "an escaped path": ("x.json", lambda: json.dumps({"p": PATH}).replace("/", "\\u002f").encode(), "path"),
    "UTF-16": ("x.csv", lambda: PATH.encode("utf-16"), "path"),
    # elsewhere
    "an unknown kind": ("x.bin", lambda: b"1", "shape"),
    "a PDF with an author": ("x.pdf", lambda: pdf("Leila"), "metadata"),
    "a name that is a path": ("DSC_0421.json", lambda: b"{}", "path"),
    "a zip": ("x.zip", lambda: _zip(PATH), "path"),
}  # fmt: skip


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _zip(text: str) -> bytes:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("notes.txt", text)
    return out.getvalue()


_kept: list[Path] = []


def _file(data: bytes) -> Path:
    import tempfile

    path = Path(tempfile.mkstemp(suffix=".jpg")[1])
    path.write_bytes(data)
    _kept.append(path)
    return path


@pytest.fixture(scope="module")
def planted() -> Report:
    """All of them in one scan: exiftool starts once."""
    files: dict[str, bytes] = {}
    for number, (name, make, _) in enumerate(PLANTS.values()):
        files[f"plant-{number:03d}/{name}"] = make()
    report = scan(files, KNOWN, PUBLICATION)
    for path in _kept:
        path.unlink(missing_ok=True)
    return report


@pytest.mark.parametrize("plant", PLANTS)
def test_a_plant_is_found(planted: Report, plant: str) -> None:
    number = list(PLANTS).index(plant)
    kinds = {f.kind for f in planted.findings if f.file.startswith(f"plant-{number:03d}/")}
    assert PLANTS[plant][2] in kinds, kinds


def test_without_exiftool_there_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exif.shutil, "which", lambda name: None)
    with pytest.raises(ScannerMissing, match="not installed"):
        found(CLEAN)


def test_an_exiftool_that_fails_gives_no_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "exiftool"
    for script in ("#!/bin/sh\nexit 1\n", '#!/bin/sh\necho "[]"\n', "#!/bin/sh\necho 12.57\n"):
        broken.write_text(script)
        broken.chmod(0o755)
        monkeypatch.setattr(exif.shutil, "which", lambda name: str(broken))
        with pytest.raises(ScannerMissing):
            found(CLEAN)


def test_links_and_strange_folders(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(page())
    (tmp_path / "link.html").symlink_to(tmp_path / "index.html")
    report = scan_folder(tmp_path, KNOWN, PUBLICATION)
    assert [(f.file, f.kind) for f in report.findings] == [("link.html", "shape")]
    with pytest.raises(SourceUnreadable):
        scan_folder(tmp_path / "none", KNOWN, PUBLICATION)


def test_what_is_meant_to_leave_is_no_finding() -> None:
    files = {"index.html": page(SERIAL)}
    assert not found(files).clean
    assert found(files, KNOWN.without(Known(serials=frozenset([SERIAL])))).clean
