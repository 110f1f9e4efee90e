"""Of every kind of file: what it is taken for, and the copy that is made of it."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import pytest
from capture_cast import QuickDisk, open_vault, picture
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from amana.capture.copy import encode_copy
from amana.capture.decode import NoPicture, decode, fit
from amana.capture.exif import read_exif
from amana.capture.kinds import expects_picture, media_type
from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.encoding import canonical, parse_utc_ns
from amana.core.names import path_bytes
from amana.vault.store import Vault


def _image(width: int = 900, height: int = 600) -> Image.Image:
    return Image.open(io.BytesIO(picture(4, (width, height)))).convert("RGB")


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _heic() -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(_image()).save(buffer, quality=50)
    return buffer.getvalue()


def _film() -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame.from_image(_image(640, 480).rotate(number))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _dng(orientation: int = 1) -> bytes:
    """The smallest DNG: a JPEG preview in its first directory, a Bayer pattern in the second."""
    preview, side, model = picture(3, (640, 480)), 64, b"Example EO-50\0"
    second = 8 + 2 + 12 * 14 + 4
    text = second + 2 + 12 * 14 + 4
    pixels = text + len(model)
    first = [
        (254, 4, 1, 1), (256, 4, 1, 640), (257, 4, 1, 480), (258, 3, 1, 8), (259, 3, 1, 7),
        (262, 3, 1, 6), (271, 2, 8, text), (272, 2, len(model), text),
        (273, 4, 1, pixels + 2 * side * side), (274, 3, 1, orientation), (277, 3, 1, 3),
        (279, 4, 1, len(preview)), (330, 4, 1, second), (50706, 1, 4, 0x401),
    ]  # fmt: skip
    bayer = [
        (254, 4, 1, 0), (256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 16), (259, 3, 1, 1),
        (262, 3, 1, 32803), (273, 4, 1, pixels), (277, 3, 1, 1), (278, 4, 1, side),
        (279, 4, 1, 2 * side * side), (33421, 3, 2, 0x20002), (33422, 1, 4, 0x2010100),
        (50714, 3, 1, 0), (50717, 3, 1, 65535),
    ]  # fmt: skip
    made = b"II*\0" + struct.pack("<I", 8)
    for directory in (first, bayer):
        made += struct.pack("<H", len(directory))
        made += b"".join(struct.pack("<HHII", *entry) for entry in directory) + bytes(4)
    return made + model + bytes(2 * side * side) + preview


def test_a_raw_files_own_tags_are_kept_and_none_are_invented():
    found = decode(_dng(6), "image/x-raw", 480)
    assert found.image.size == (360, 480)
    assert found.photo["exif"]["Model"] == "Example EO-50"
    assert "1970" not in str(found.photo)
    assert "dcraw" not in str(found.photo)


def test_short_text_of_a_document_is_kept(tmp_path):
    import typst

    (tmp_path / "letter.typ").write_text("To whom it may concern: 227")
    data = typst.compile(str(tmp_path / "letter.typ"))
    assert decode(data, "application/pdf", 480).photo["text"] == "To whom it may concern: 227"


KINDS = {
    "camera.dng": ("image/x-raw", _dng, (480, 360)),
    "photo.jpg": ("image/jpeg", lambda: picture(4, (900, 600)), (480, 320)),
    "photo.png": ("image/png", lambda: _saved(_image(), "PNG"), (480, 320)),
    "alpha.png": ("image/png", lambda: _saved(_image().convert("RGBA"), "PNG"), (480, 320)),
    "palette.gif": ("image/gif", lambda: _saved(_image().convert("P"), "GIF"), (480, 320)),
    "photo.webp": ("image/webp", lambda: _saved(_image(), "WEBP"), (480, 320)),
    "photo.avif": ("image/avif", lambda: _saved(_image(), "AVIF"), (480, 320)),
    "photo.bmp": ("image/bmp", lambda: _saved(_image(), "BMP"), (480, 320)),
    "print.jpg": ("image/jpeg", lambda: _saved(_image().convert("CMYK"), "JPEG"), (480, 320)),
    "grey.tif": ("image/tiff", lambda: _saved(_image().convert("I;16"), "TIFF"), (480, 320)),
    "scan.tif": (
        "image/tiff",
        lambda: _saved(_image(), "TIFF", save_all=True, append_images=[_image(), _image()]),
        (480, 320),
    ),
    "phone.heic": ("image/heic", _heic, (480, 320)),
    "letter.pdf": ("application/pdf", lambda: _saved(_image(), "PDF"), (480, 320)),
    "file.pdf": (
        "application/pdf",
        lambda: _saved(_image(), "PDF", save_all=True, append_images=[_image()]),
        (480, 240),
    ),
    "film.mp4": ("video/mp4", _film, (480, 360)),
    "small.jpg": ("image/jpeg", lambda: picture(4, (60, 40)), (60, 40)),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_copy_of_every_kind(name):
    kind, make, size = KINDS[name]
    data = make()
    assert media_type(data[:4096], name.encode()) == kind
    found = decode(data, kind, 480)
    assert found.image.size == size
    assert found.image.info == {}
    assert canonical(found.photo)
    for form in ("jpeg", "webp", "avif"):
        copy = encode_copy(found.image, form)
        with Image.open(io.BytesIO(copy.data)) as image:
            assert image.size == size
            assert not image.getexif()
    if name == "scan.tif":
        assert found.photo["pages"] == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_copies_stand_upright(orientation):
    """A mark in the corner that the camera meant as the upper left is there in the copy."""
    upright = Image.new("RGB", (640, 480))
    upright.paste((255, 0, 0), (0, 0, 320, 240))
    undo = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = upright.transpose(undo) if undo is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(_saved(stored, "JPEG", exif=exif), "image/jpeg", 480)
    assert found.image.size == (480, 360)
    assert found.image.getpixel((60, 60))[0] > 200
    assert found.image.getpixel((420, 300))[0] < 60
    assert (found.photo["width"], found.photo["height"]) == stored.size


def test_names_are_believed_only_where_bytes_say_too_little():
    assert media_type(picture(1)[:4096], b"a.txt") == "image/jpeg"
    assert media_type(b"hello", b"a.jpg") == "application/octet-stream"
    assert media_type(b"hello", b"a.txt") == "text/plain"
    assert media_type(b"PK\x03\x04", b"a.docx").endswith("document")
    assert media_type(b"PK\x03\x04", b"a.jpg") == "application/zip"
    assert media_type(b"II*\0", b"a.nef") == "image/x-raw"
    assert expects_picture("application/octet-stream", b"a.jpg")
    assert not expects_picture("text/plain", b"a.txt")


def test_exif_is_plain_and_never_raises():
    exif = Image.Exif()
    exif[0x010F], exif[0x8298] = "Camera\0\0", "© nobody"
    exif.get_ifd(0x8769)[0x829A] = IFDRational(1, 250)
    exif.get_ifd(0x8769)[0x927C] = os.urandom(5000)
    exif.get_ifd(0x8825)[2] = (*tuple(map(IFDRational, (33, 30), (1, 1))), IFDRational(703, 25))
    exif.get_ifd(0x8825)[1] = "N"
    with Image.open(io.BytesIO(_saved(_image(), "JPEG", exif=exif))) as image:
        found = read_exif(image)
    assert found["Make"] == "Camera"
    assert found["ExposureTime"] == "1/250"
    assert found["GPS"]["GPSLatitude"][2] == "703/25"
    assert found["MakerNote"] == "5000 bytes, in the original"
    assert canonical(found)


@settings(max_examples=100)
@given(st.data())
def test_mutated_pictures_give_a_picture_or_a_reason(data):
    whole = bytearray(picture(3, (64, 48), exif=_some_exif()))
    for _ in range(data.draw(st.integers(1, 30))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode(bytes(whole), "image/jpeg", 48)
    except NoPicture:
        return
    assert canonical(found.photo)
    assert max(found.image.size) <= 48


def _some_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Example", 6
    exif.get_ifd(0x8825)[1] = "N"
    return exif


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.integers(16, 4096))
def test_fit_keeps_within_the_square(width, height, size):
    fitted = fit(width, height, size)
    assert min(fitted) >= 1
    assert max(fitted) <= size
    assert max(fitted) == min(size, max(width, height))


_NAMES = st.binary(min_size=1, max_size=60).filter(
    lambda n: b"/" not in n and b"\0" not in n and n not in (b".", b"..")
)
_FILES = st.dictionaries(
    _NAMES,
    st.tuples(
        st.one_of(st.binary(max_size=40), st.sampled_from([b"same", picture(1, (32, 24))])),
        st.integers(-(2**33) * 10**9, 2**33 * 10**9),
    ),
    max_size=8,
)


@settings(max_examples=15)
@given(_FILES, st.integers(1, 3), st.booleans())
def test_captured_and_opened_is_the_same(tmp_path_factory, archive, kit, files, batch, twice):
    """Every byte, every name of any bytes, every time, every sighting."""
    base = tmp_path_factory.mktemp("property")
    source = base / "s"
    source.mkdir()
    expected = {}
    for name, (content, mtime) in files.items():
        path = source / os.fsdecode(name)
        path.write_bytes(content)
        os.utime(path, ns=(mtime, mtime))
        expected[b"s/" + name] = (content, path.stat().st_mtime_ns)
    with Vault.create(base / "vault", kit, QuickDisk()) as vault:
        if twice:
            capture([source], vault, Options(workers=0, batch_files=batch, originals=False))
        capture([source], vault, Options(workers=0, batch_files=batch))
    opened = open_vault(base / "vault", archive, kit)
    got = {
        path_bytes(r.original): (opened.original(r), parse_utc_ns(r.original["mtime"]))
        for r in opened.items
    }
    assert got == expected
    assert opened.doubled == []
    assert len(opened.items) == len(files)


def test_a_source_file_in_the_vault_folder_is_not_captured(tmp_path: Path, kit):
    (tmp_path / "photo.jpg").write_bytes(picture(1))
    with Vault.create(tmp_path / "vault", kit) as vault:
        assert capture([tmp_path], vault).files == 1
