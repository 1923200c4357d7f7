"""What `verify` is handed: pictures of every form, scans, broken files, bombs, and words that are
no code. A true sheet is found; anything else is a sentence; and never much memory."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageEnhance, ImageOps

from anedocs.check.verify import handed_in, sheet_code
from anedocs.cli.app import cli
from support.ane import REVISION

AT = "2026-11-21T20:47"


def run(what: str) -> Result:
    return CliRunner().invoke(cli, ["verify", what, "--at", AT])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image.Image]:
    """Two children's sheets as pictures at 200 dpi, and a blank page."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, weight in (("sheet", "18.4"), ("other", "12")):
        path = folder / f"{name}.pdf"
        words = ["sheet", "--weight", weight, "--at", AT, "-o", str(path)]
        assert CliRunner().invoke(cli, words).exit_code == 0
        page = pypdfium2.PdfDocument(path.read_bytes())[0]
        found[name] = page.render(scale=200 / 72, grayscale=True).to_pil()
    return {**found, "blank": Image.new("L", found["sheet"].size, 255)}


def from_aside(page: Image.Image) -> Image.Image:
    """As a telephone sees it that is not held straight above."""
    wide, high = page.size
    corners = (-60, -90, -20, high + 60, wide + 70, high + 10, wide + 20, -30)
    return page.transform(page.size, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR,
                          fillcolor=255)  # fmt: skip


def sixteen(page: Image.Image) -> Image.Image:
    return page.convert("I").point(lambda shade: shade * 257).convert("I;16")


def glassy(page: Image.Image) -> Image.Image:
    """Black on nothing, as a screenshot may be."""
    clear = Image.new("LA", page.size, (0, 0))
    clear.putalpha(ImageOps.invert(page))
    return clear


#: The picture of the sheet in each form: how it is made, and the ending of its file.
FORMS: dict[str, tuple[Callable[[Image.Image], Image.Image], str]] = {
    "grey": (lambda page: page, "png"),
    "fax": (lambda page: page.convert("1"), "tif"),
    "fine fax": (lambda page: page.resize((1728, 2156)).convert("1"), "png"),
    "coarse fax": (lambda page: page.resize((1728, 1078)).convert("1"), "png"),
    "coarse in grey": (lambda page: page.resize((page.width * 2 // 3, page.height // 3)), "png"),
    "half": (lambda page: page.resize((page.width // 2, page.height // 2)), "jpg"),
    "16 bit": (sixteen, "tif"),
    "16 bit png": (sixteen, "png"),
    "numbers": (lambda page: page.convert("F"), "tif"),
    "palette": (lambda page: page.convert("P"), "gif"),
    "CMYK": (lambda page: page.convert("CMYK"), "jpg"),
    "LAB": (lambda page: lab(page), "tif"),
    "YCbCr": (lambda page: page.convert("RGB").convert("YCbCr"), "jpg"),
    "see-through": (glassy, "png"),
    "WebP": (lambda page: page, "webp"),
    "BMP": (lambda page: page, "bmp"),
    "JPEG 2000": (lambda page: page, "jp2"),
    "PNM": (lambda page: page, "pgm"),
    "turned": (lambda page: page.rotate(7, expand=True, fillcolor=255), "png"),
    "on its head": (lambda page: page.rotate(180), "jpg"),
    "lying": (lambda page: page.rotate(90, expand=True), "png"),
    "mirrored": (ImageOps.mirror, "png"),
    "inverted": (ImageOps.invert, "png"),
    "pale": (lambda page: page.point(lambda shade: 190 + shade // 8), "png"),
    "dark": (lambda page: ImageEnhance.Brightness(page).enhance(0.3), "jpg"),
    "from aside": (from_aside, "jpg"),
}  # fmt: skip


def lab(page: Image.Image) -> Image.Image:
    from PIL import ImageCms

    srgb, target = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(page.convert("RGB"), srgb, target, outputMode="LAB")


def codes(path: Path) -> list[tuple[str, ...]]:
    """The codes of each page, read in this process."""
    return [page.scanned for page in handed_in.pages_of(path.read_bytes()).pages]


@pytest.mark.parametrize("name", FORMS)
def test_the_code_is_read_from_every_form_of_picture(
    pages: dict[str, Image.Image], name: str, tmp_path: Path
) -> None:
    make, ending = FORMS[name]
    path = tmp_path / f"sheet.{ending}"
    make(pages["sheet"]).save(path)
    ((code,),) = codes(path)
    assert code.startswith(f"ANE/{REVISION}/")
    assert "/18.4/" in code


def test_a_photo_turned_by_its_exif_is_read(pages: dict[str, Image.Image], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "photo.jpg"
    pages["sheet"].rotate(90, expand=True).save(path, exif=exif)
    assert len(codes(path)[0]) == 1


@pytest.mark.parametrize(
    "ending",
    ["tif", *(pytest.param(one, marks=pytest.mark.long) for one in ("gif", "pdf", "webp"))],
)
def test_every_page_is_read(pages: dict[str, Image.Image], ending: str, tmp_path: Path) -> None:
    """A duplex scan has an empty back, a fax server sends a cover page first."""
    for order in (("blank", "sheet"), ("blank", "other", "sheet")):
        path = tmp_path / f"scan.{ending}"
        first, *more = (pages[one].copy() for one in order)
        first.save(path, save_all=True, append_images=more)
        found = codes(path)
        assert [bool(one) for one in found] == [one != "blank" for one in order], order
        done = run(str(path))
        assert done.exit_code == 0, done.stdout
        assert done.stdout.count(sheet_code.CURRENT) == sum(1 for one in order if one != "blank")
        if ending != "webp":  # which leaves a shade on an empty page
            assert "bear" not in done.stdout  # an empty page is no matter


def test_two_sheets_on_one_picture_are_answered_each(
    pages: dict[str, Image.Image], tmp_path: Path
) -> None:
    both = Image.new("L", (pages["sheet"].width * 2, pages["sheet"].height), 255)
    both.paste(pages["sheet"], (0, 0))
    both.paste(pages["other"], (pages["sheet"].width, 0))
    both.save(tmp_path / "both.png")
    done = run(str(tmp_path / "both.png"))
    assert done.exit_code == 0
    assert done.stdout.count(sheet_code.CURRENT) == 2
    assert "18.4 kg, methylPREDNISolone 552 mg" in done.stdout
    assert "12 kg, methylPREDNISolone 360 mg" in done.stdout


# --- what cannot be read, and why ----------------------------------------------------------------


def packed(objects: list[bytes]) -> bytes:
    """A PDF of these objects; the first is its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, len(out))
    return out + head + table + tail


def paper(size: str, resources: str, *more: bytes, page: str = "") -> bytes:
    """A PDF of one page with contents in object 4 and more objects from 5."""
    return packed([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size}]/Contents 4 0 R"
        f"/Resources<<{resources}>>{page}>>".encode(),
        *more,
    ])  # fmt: skip


def stream(keys: str, content: bytes) -> bytes:
    return f"<<{keys}/Length {len(content)}>>stream\n".encode() + content + b"\nendstream"


def squeezed(piece: bytes, times: int) -> bytes:
    pack = zlib.compressobj(9)
    return b"".join(pack.compress(piece) for _ in range(times)) + pack.flush()


def png(wide: int, high: int) -> bytes:
    """A black PNG of one bit a dot, made without unpacking it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    rows = squeezed(bytes(1 + (wide + 7) // 8), high)
    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def nested() -> bytes:
    """25 drawings, each of which holds the next six times."""
    forms = [
        stream(f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F {n} 0 R>>>>",
               b"/F Do " * 6)
        for n in range(6, 31)
    ]  # fmt: skip
    last = stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"0 0 1 1 re f")
    return paper("612 792", "/XObject<</F 5 0 R>>", stream("", b"/F Do"), *forms, last)


def many_pages() -> bytes:
    kids = " ".join(f"{n} 0 R" for n in range(3, 503))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
    return packed([b"<</Type/Catalog/Pages 2 0 R>>",
                   f"<</Type/Pages/Kids[{kids}]/Count 500>>".encode(), *[page] * 500])  # fmt: skip


def pictured() -> bytes:
    keys = "/Subtype/Image/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 8"
    image = stream(f"/Type/XObject{keys}/Filter/FlateDecode", squeezed(bytes(1_000_000), 900))
    return paper("612 792", "/XObject<</I 5 0 R>>", stream("", b"612 0 0 792 0 0 cm /I Do"), image)


def flood() -> bytes:
    font = "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    text = squeezed(b"BT /F 9 Tf 9 9 Td (" + b"A" * 3000 + b") Tj ET ", 1000)
    return paper("612 792", font, stream("/Filter/FlateDecode", text))


def boxes() -> bytes:
    return stream("/Filter/FlateDecode", squeezed(b"0 0 9 9 re f " * 9000, 800))


def frames(tmp_path: Path, count: int = 10_000) -> bytes:
    path = tmp_path / "many.gif"
    one, two = Image.new("L", (9, 9), 255), Image.new("L", (9, 9), 0)
    one.save(path, save_all=True, append_images=[two, one] * (count // 2))
    return path.read_bytes()


def huge_tiff(tmp_path: Path) -> bytes:
    path = tmp_path / "huge.tif"
    Image.new("1", (30_000, 30_000), 1).save(path, compression="group4")
    return path.read_bytes()


#: Files that are small and unpack to much more than a machine has, and a part of the answer.
BOMBS: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "400 megapixels": (lambda _: png(20_000, 20_000), "too large"),
    "144 megapixels": (lambda _: png(12_000, 12_000), "no check code was found"),
    "fax of 900 megapixels": (huge_tiff, "too large"),
    "10,000 frames": (frames, "only the first 50 are read"),
    "200,000 points": (lambda _: paper("200000 200000", "", stream("", b"")), "no check code"),
    "500 pages": (lambda _: many_pages(), "only the first 50 are read"),
    "a picture in a PDF": (lambda _: pictured(), ""),
    "drawings in drawings": (lambda _: nested(), ""),
    "a flood of text": (lambda _: flood(), ""),
    "a flood of drawings": (lambda _: paper("612 792", "", boxes()), ""),
    "deep lists": (
        lambda _: paper("612 792", "", stream("", b""), page="/X " + "[" * 200_000 + "]" * 200_000),
        "no check code",
    ),
}  # fmt: skip


#: The others take seconds each.
QUICK = ("400 megapixels", "200,000 points", "500 pages", "deep lists")


@pytest.mark.parametrize(
    "name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.long) for one in BOMBS]
)
def test_a_bomb_is_a_sentence_and_bounded(name: str, tmp_path: Path) -> None:
    make, says = BOMBS[name]
    path = tmp_path / "bomb"
    path.write_bytes(make(tmp_path))
    script = (
        "import resource, sys\n"
        "from click.testing import CliRunner\n"
        "from anedocs.cli.app import cli\n"
        "done = CliRunner().invoke(cli, ['verify', sys.argv[1]])\n"
        "child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(done.exit_code, child)\n"
        "print(done.stdout)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-W", "error", "-c", script, str(path)],
                          capture_output=True, text=True, check=True, timeout=120)  # fmt: skip
    code, kilobytes = map(int, done.stdout.split("\n")[0].split())
    assert code == 2, done.stdout
    assert done.stdout.split("\n")[1] == sheet_code.UNREADABLE
    assert says in done.stdout
    assert kilobytes < 500_000
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="NOT PROVEN HERE: the bound is Linux's own")
def test_the_second_process_is_bound() -> None:
    script = (
        "from anedocs.check.verify import handed_in\nhanded_in._bound()\nbytearray(900_000_000)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=False)
    assert b"MemoryError" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != handed_in.MOST_MEMORY  # not ours


BROKEN: dict[str, tuple[Callable[[Path, bytes], bytes], str]] = {
    "empty": (lambda _, __: b"", "this file is empty"),
    "text": (lambda _, __: b"notes", "neither a PDF nor a picture"),
    "noise": (lambda _, __: bytes(range(256)) * 9, "neither a PDF nor a picture"),
    "HEIC": (lambda _, __: b"\0\0\0\x20ftypheic" + bytes(400), "HEIC"),
    "SVG": (lambda _, __: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "an Office file": (lambda _, __: b"PK\x03\x04" + bytes(99), "Office"),
    "PostScript": (lambda _, __: b"%!PS-Adobe\n", "PostScript"),
    "head of a PDF": (lambda _, __: b"%PDF-1.7\n", "damaged"),
    "a PDF of noise": (lambda _, __: b"%PDF-1.7\n" + bytes(range(256)) * 99, "damaged"),
    "no pages": (lambda _, __: packed([b"<</Type/Catalog/Pages 2 0 R>>",
                                       b"<</Type/Pages/Kids[]/Count 0>>"]), "PDF"),
    "head of a PNG": (lambda _, __: png(500, 500)[:40], "damaged"),
    "half a JPEG": (lambda _, jpeg: jpeg[: len(jpeg) // 2], "no check code was found"),
    "a PNG that breaks off": (lambda _, __: png(500, 500)[:60] + b"\xff" * 20, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_says_why(
    name: str, tmp_path: Path, pages: dict[str, Image.Image]
) -> None:
    pages["sheet"].save(tmp_path / "whole.jpg")
    make, says = BROKEN[name]
    path = tmp_path / "handed-in"
    path.write_bytes(make(tmp_path, (tmp_path / "whole.jpg").read_bytes()))
    done = run(str(path))
    assert (done.exit_code, done.stdout.splitlines()[0]) == (2, sheet_code.UNREADABLE)
    assert says in done.stdout


def test_a_sheet_whose_picture_breaks_off_below_its_code_is_read(
    pages: dict[str, Image.Image], tmp_path: Path
) -> None:
    path = tmp_path / "cut.jpg"
    ImageOps.flip(ImageOps.mirror(pages["sheet"])).save(path)  # the code now stands at the top
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert len(codes(path)[0]) == 1


def names(tmp_path: Path) -> Iterator[tuple[str, str]]:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    yield str(pipe), "a device or a pipe"
    yield os.devnull, "a device or a pipe"
    yield str(tmp_path), "a folder"
    yield "scans/sheet.pdf", "no such file"
    yield "sheet.pdf", "no such file"
    yield str(tmp_path / "a.png"), "no such file"
    yield "hello", "not a check code"
    yield "A" * 300, "not a check code"
    yield "A" * 300 + ".pdf", "not a check code"
    yield "x\0y", "not a check code"
    yield "\udcff\udcfe", "not a check code"
    yield "ANE/2026.1.0/" + "A" * 100_000, "check"
    yield "", "not a check code"


def test_what_is_neither_file_nor_code_is_told(tmp_path: Path) -> None:
    for what, says in names(tmp_path):
        done = run(what)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (2, sheet_code.UNREADABLE), what
        assert says in done.stdout, (what[:20], done.stdout)
        assert len(done.stdout) < 300


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(b"%PDF-1.7")
    path.chmod(0)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may read everything
    done = run(str(path))
    assert done.exit_code == 2
    assert "may not be read" in done.stdout


def test_a_reading_that_dies_or_hangs_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sheet.png"
    path.write_bytes(png(9, 9))
    for program, says in ((["/bin/false"], "damaged"), (["/bin/sleep", "9"], "takes longer")):
        script = tmp_path / "python"
        script.write_text(f"#!/bin/sh\nexec {' '.join(program)}\n")
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(script))
        monkeypatch.setattr(handed_in, "MOST_SECONDS", 0.5)
        with pytest.raises(handed_in.ReadingError, match=says):
            handed_in.read(path)


# --- codes ---------------------------------------------------------------------------------------

HEAD = f"ANE/{REVISION}/0123456789AB"


def sealed(body: str) -> str:
    return f"{body}/{zlib.crc32(body.encode()):08X}"


@pytest.mark.parametrize(
    "tail",
    [
        "18.4/A:1/A:2", "18.4/A:NAN", "18.4/A:INFINITY", "18.4/A:1E5000", "18.4/A:-1", "18.4/A:",
        "18.4/A:1.", "18.4/A:.5", "18.4/A:01", "18.4/A", "18.4/:5", "18.4/A:1:2", "18.4/A:+1",
        "NAN/A:1", "INF/A:1", "-1/A:1", "0/A:1", "0.00/A:1", "1E2/A:1", "99999/A:1", "18.444/A:1",
        "18,4/A:1", "18.4KG/A:1", "/A:1", "18.4/AGE:4Y/AGE:5Y", "18.4/AGE:NAN", "18.4/AGE:4",
        "BLANK/A:1", "18.4/A:" + "9" * 5000, "\u0661\u0668/A:1", "18.4/A:\uff11", "18.4/\u0391:1",
    ],
)  # fmt: skip
def test_what_no_sheet_ever_printed_is_no_code(tail: str) -> None:
    with pytest.raises(sheet_code.CodeError):
        sheet_code.parse(sealed(f"{HEAD}/{tail}"))


def test_a_code_is_read_in_small_letters_and_with_blanks() -> None:
    code = sealed(f"{HEAD}/18.4/A-B:STOP/C:0.125/AGE:14MO")
    found = sheet_code.parse(f" {code.lower()[:20]}\n{code.lower()[20:]} ")
    assert found == sheet_code.parse(code)
    assert found.doses == {"A-B": "STOP", "C": "0.125"}
    assert found.age is not None


def test_a_code_of_an_order_set_that_is_not_here_is_told() -> None:
    done = run(sealed("FEVER/2026.1.0/0123456789AB/18.4/A:1"))
    assert (done.exit_code, done.stdout.splitlines()[0]) == (2, sheet_code.UNKNOWN)
    assert "there is no order set 'fever' here" in done.stdout
