"""The target of verify: only what was printed so is CURRENT, as code, as PDF and as picture."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import expect
import mutate
import pdfs
import program
from PIL import ImageFile
from program import Find

import cases
from cases import Case, Target

_SHEETS = (
    ("--weight", "18.4"), ("--weight", "29.99"), ("--weight", "30"), ("--weight", "70.1"),
    ("--weight", "7.2", "--age", "9mo"), ("--weight", "18.4", "--paper", "a4"), ("--blank",),
)  # fmt: skip
#: What may stand in a code in place of a number, and a part that it never had.
_NUMBERS = (
    "{}0",
    "{}.0",
    "0{}",
    "+{}",
    "{}E0",
    "{}E5000",
    "NAN",
    "INFINITY",
    "1E5000",
    "-1",
    "0",
    "{}_0",
    "{}.",
    "STOP",
    "",
    " {}",
    "{},0",
)
_PARTS = (
    "AGE:9MO", "AGE:", "AGE:0D", "AGE:9999Y", "METHYLPREDNISOLONE:552", "TOCILIZUMAB:STOP", "X:1",
    ":", "::", "A:B:C", "OSELTAMIVIR:30", "BLANK", "/",
)  # fmt: skip
_TYPED = re.compile(
    r"[A-Z][A-Z0-9-]*/[0-9]{4}\.[0-9]+\.[0-9]+/[0-9A-F]{12}/[A-Z0-9:./-]+/[0-9A-F]{8}"
)


class _Seeds:
    """Sheets as they were printed, with their codes and their pictures; made once."""

    def __init__(self) -> None:
        self.sheets: list[bytes] = []
        self.codes: list[str] = []
        self.pictures: list[Any] = []

    def fill(self, folder: Path) -> None:
        for at, words in enumerate(_SHEETS):
            path = folder / f"sheet-{at}.pdf"
            if not path.exists():
                done = program.command("sheet", *words, "--at", program.AT, "-o", str(path))
                assert done.code == 0, done.err
            self.sheets.append(path.read_bytes())
            text = "".join(pdfs.words_of(self.sheets[-1]))
            found = _TYPED.search(text)
            assert found, "no code is printed on the sheet"
            self.codes.append(found[0])
        self.pictures = [
            pdfs.page_picture(one, dpi) for one in self.sheets[:4] for dpi in (100, 150)
        ]


SEEDS = _Seeds()
#: Answers beside which a document is not current as a whole.
_OTHER = {"DOES NOT RECOMPUTE", "WITHDRAWN", "NOT READABLE"}


def _verify(random: Random) -> Case:
    kind = random.random()
    if kind < 0.55:
        code = _other_code(random, random.choice(SEEDS.codes))
        return Case("verify", "", {}, ("code", code.replace("\0", "")))
    if kind < 0.8:
        at = random.randrange(len(SEEDS.sheets))
        content = pdfs.forged(random, SEEDS.sheets[at], SEEDS.sheets)
        return Case("verify", "", {"sheet.pdf": content}, ("pdf", str(at)))
    form, content = pdfs.picture(random, SEEDS.pictures)
    return Case("verify", "", {f"sheet.{form}": content}, ("picture", ""))


def _other_code(random: Random, code: str) -> str:
    """A code with something changed, most often with a checksum that fits again."""
    body, _, checksum = code.rpartition("/")
    parts = body.split("/")
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(parts))
        old = parts[at]
        match random.randrange(8):
            case 0:
                parts[at] = random.choice(mutate.VALUES)
            case 1:
                parts.append(random.choice(parts[3:]))
            case 2:
                parts[at] = old[: random.randrange(len(old) + 1)]
            case 3:
                parts[at] = re.sub(r"[0-9.]+$", lambda match: _number(random, match[0]), old)
            case 4:
                random.shuffle(parts)
            case 5:
                parts[at] = old + random.choice(mutate.INVISIBLE)
            case 6:
                parts.append(random.choice(_PARTS))
            case _:
                other = random.choice(SEEDS.codes).split("/")
                parts[at] = random.choice(other)
    body = "/".join(parts)
    if random.random() < 0.75:
        checksum = "@sum@"
    code = f"{body}/{checksum}".replace(SEEDS.codes[0].split("/")[2], "@print@")
    return code.lower() if random.random() < 0.1 else code


def _typed(code: str) -> str:
    """A code as it is typed: of the edition in force, with a checksum that fits where it says so.

    Why: a fixture must not grow old with the edition from which it was made.
    """
    code = code.replace("@print@", SEEDS.codes[0].split("/")[2])
    body = code.removesuffix("/@sum@")
    checksum = zlib.crc32("".join(body.split()).upper().encode("utf-8", "replace"))
    return f"{body}/{checksum:08X}" if code != body else code


def _number(random: Random, old: str) -> str:
    if random.random() < 0.2:  # the digits of another script
        zero = random.choice((0xFF10, 0x660, 0x1D7CE))
        return old.translate({48 + digit: zero + digit for digit in range(10)})
    return random.choice(_NUMBERS).format(old)


def _judge(case: Case, folder: Path) -> bool:
    kind, what = case.words[0], _typed(case.words[1])
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint sets it for its whole process
    name = next(iter(case.files), None)
    answer = program.command(
        "verify", "--at", program.AT, "--", str(folder / name) if name else what
    )
    program.check_message(answer.out)
    lines = answer.out.splitlines()
    if (answer.code == 0) != ("CURRENT" in lines and not _OTHER & set(lines)):
        raise Find("the answer and the exit code do not fit", f"{answer.code}: {answer.out[:200]}")
    if answer.code != 0:
        return any(one.startswith(("CURRENT", "SUPERSEDED", "WITHDRAWN")) for one in lines)
    if kind == "code":
        _check_code(what)
        return True
    content = next(iter(case.files.values()))
    alone = "the code alone was checked" in answer.out  # it says that no word was compared
    if not alone and (kind == "pdf" or content.startswith(b"%PDF")):
        _check_page(content)
    return True


def _check_code(typed: str) -> None:
    """A code that counts as current says what the shipped order set gives, in the one form."""
    code = "".join(typed.split()).upper()
    if code in SEEDS.codes:
        return
    body, _, checksum = code.rpartition("/")
    name, revision, fingerprint, weight, *doses = [*body.split("/"), "", "", ""]
    tree = expect.read(cases.base("ane")["home/ordersets/ane.yaml"]).tree
    given = [one.split(":") for one in doses if one and not one.startswith("AGE:")]
    wrong = []
    if (name, revision) != ("ANE", tree["revision"]):
        wrong.append("another order set or revision")
    if fingerprint not in {one.split("/")[2] for one in SEEDS.codes}:
        wrong.append("another fingerprint")
    if f"{zlib.crc32(body.encode()):08X}" != checksum:
        wrong.append("the checksum does not fit")
    if weight != "BLANK" and not re.fullmatch(r"(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?", weight):
        wrong.append("no weight")
    elif weight == "BLANK" and given:
        wrong.append("doses on a blank sheet")
    else:
        kg = "" if weight == "BLANK" else weight
        due = {one.upper(): dose for one, dose in expect.doses(tree, kg).items()} if kg else {}
        wrong += _wrong_doses(given, due)
    if wrong:
        raise Find("CURRENT of a code that is not right", f"{typed!r}: {'; '.join(wrong)}")


def _wrong_doses(given: list[list[str]], due: dict[str, Fraction | None]) -> Iterator[str]:
    if [name for name, count in Counter(one[0] for one in given).items() if count > 1]:
        yield "a drug stands twice"
    if {one[0] for one in given} != set(due):
        yield "other drugs"
    for one in given:
        dose = due.get(one[0])
        said = one[1] if len(one) == 2 else ""
        if dose is None:
            if said != "STOP":
                yield f"{one[0]} is no STOP"
        elif (
            not re.fullmatch(r"[1-9][0-9]*(\.[0-9]*[1-9])?|0\.[0-9]*[1-9]", said)
            or Fraction(said) != dose
        ):
            yield f"{one[0]}: {said}"


_NOT_ASKED = {"ALLERGIES", "NOT", "ASKED"}


def _check_page(content: bytes) -> None:
    """A page that counts as current has the words of a sheet that was printed, and no others.

    A page without words is a picture, of which only the code can be read, or an empty back.
    """
    known = [page for one in SEEDS.sheets for page in pdfs.pages_of(one)]
    for found in filter(None, pdfs.pages_of(content)):
        # By signs first: where a word ends is a guess of whoever reads a PDF.
        if sorted("".join(found)) not in [sorted("".join(page)) for page in known]:
            words = Counter(found)
            nearest = min(map(Counter, known), key=lambda one: _apart(one, words))
            gone, more = sorted(nearest - words)[:6], sorted(words - nearest)[:6]
            # Another text where NOT ASKED stood is what was told of the allergies: only the paper
            # knows it, and `verify` says so.
            if (gone or more) and not (set(gone) <= _NOT_ASKED and len(more) <= len(gone)):
                raise Find("CURRENT of a page that was changed", f"lost {gone}, added {more}")


def _apart(one: Counter[str], other: Counter[str]) -> int:
    return sum((one - other).values()) + sum((other - one).values())


TARGETS = {"verify": Target(_verify, _judge)}
