"""What was given of the patient and the moment, read back from the text of an order sheet.

Which words of a sheet these are is not written here: the sheet's own template says it. It is
filled once with nothing given, and once for each thing that may be given; where the two differ,
that thing stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

from anedocs.documents.order_sheet.page import SheetRequest, html, view
from anedocs.dosing import patient as weigh
from anedocs.dosing.patient import AgeGiven, FormError
from anedocs.schema.records import Patient, Site

#: Stands for a value while it is found out where the template prints it.
_MARK = "Zqxj"
_DAY = datetime.fromisoformat("1111-11-11T11:11")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that may be given: its value as printed, and how a request holds it."""

    name: str
    shown: str
    """What is printed for the value that `put` takes while the place is found out."""
    read: Callable[[str], object]
    """From the printed text to the value. Raises ValueError for one that was never printed."""
    put: Callable[[SheetRequest, object], SheetRequest]
    form: str = ".+?"
    """The pattern of everything that can be printed for it."""


def age_of(printed: str) -> AgeGiven:
    """The age whose printed words these are. Raises ValueError."""
    typed = re.sub(r"\s+", "", printed)
    for long, short in (("year", "y"), ("month", "mo"), ("week", "wk"), ("day", "d")):
        typed = re.sub(rf"{long}s?", short, typed)
    for form in (typed, typed.replace("mo", "m")):
        with suppress(FormError):
            found = weigh.age(form)
            if weigh.written(found).split() == printed.split():
                return found
    raise ValueError("no age is printed so")


def _initials(printed: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,5}", printed):
        raise ValueError("initials are two to five letters")
    return printed


def _day(printed: str) -> date:
    return date.fromisoformat(printed)


def _moment(printed: str) -> datetime:
    return datetime.fromisoformat(printed)


def _weighed(printed: str) -> str:
    words = " ".join(printed.split())
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2})?", words):
        raise ValueError("no time of weighing is printed so")
    datetime.fromisoformat(words)
    return words


def _of_request(name: str) -> Callable[[SheetRequest, object], SheetRequest]:
    return lambda request, value: replace(request, **{name: value})  # type: ignore[arg-type]


def _of_patient(name: str) -> Callable[[SheetRequest, object], SheetRequest]:
    return lambda request, value: replace(
        request, patient=Patient(**(dict(request.patient) | {name: value}))
    )


def _of_site(name: str) -> Callable[[SheetRequest, object], SheetRequest]:
    def put(request: SheetRequest, value: object) -> SheetRequest:
        site = Site(**(dict(request.edition.site) | {name: value}))
        return replace(request, edition=request.edition._replace(site=site))

    return put


#: The remarks beside the weight. They follow from what else is given, and are left out of every
#: sheet that is made to find the places of the fields; the text of a page is read for one of them.
_REMARKS = Field("remarks", _MARK, str, _of_request("weighed_long_ago"))

#: Everything on a sheet that its check code does not say and that may rightly differ.
FIELDS = (
    Field("name", _MARK, str, _of_patient("name")),
    Field("MRN", _MARK, str, _of_patient("mrn")),
    Field("date of birth", f"{_DAY:%Y-%m-%d}", _day, _of_patient("date_of_birth")),
    Field("allergies", _MARK, str, _of_request("allergies")),
    Field("age", weigh.written(weigh.age("7d")), age_of, _of_request("age")),
    Field("sex", _MARK, str, _of_request("sex")),
    Field("weight source", _MARK, str, _of_request("weight_source")),
    Field(
        "time of weighing",
        f"{_DAY:%Y-%m-%d %H:%M}",
        _weighed,
        _of_request("weighed_at"),
        r"[0-9:\s-]+?",
    ),
    _REMARKS,
    Field("initials", _MARK, _initials, _of_request("confirmed_by")),
    Field("time of printing", f"{_DAY:%Y-%m-%d %H:%M}", _moment, _of_request("printed")),
    Field("hospital", _MARK, str, _of_site("hospital_name")),
    Field("form number", _MARK, str, _of_site("form_number")),
)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a field stands in the words of the sheet on which nothing is given."""

    field: Field
    start: int
    end: int
    form: tuple[str, ...]
    """The words in place of those between start and end where the field is given."""
    rank: int
    """Its place among fields that begin at the same word."""


def given_on(text: str, base: SheetRequest, folders: Sequence[Path]) -> SheetRequest:
    """The request with everything given that the text of a sheet shows.

    What does not read as a value that is printed there stays as it is in `base`.
    """
    nothing = _nothing(base)
    plain = _words(nothing, folders)
    found = [(hit.group(), hit.start(), hit.end()) for hit in _TOKEN.finditer(text)]
    there = [word for word, _, _ in found]
    places = _places(plain, there)
    asked = nothing
    for block in _blocks(list(_clusters(_slots(nothing, plain, folders)))):
        for cluster, (first, last) in zip(block, _spans(block, plain, there, places), strict=True):
            if first < last and found[last - 1][2] - found[first][1] <= _LONGEST:
                between = text[found[first][1] : found[last - 1][2]]
                asked = _put(asked, cluster, plain, between)
    return replace(asked, weighed_long_ago=_long_ago(asked))


#: The clocks change by an hour, and the seconds of the printing are not printed.
_PLAY = timedelta(hours=1, minutes=5)


def _long_ago(asked: SheetRequest) -> bool:
    """Whether the sheet must say that its weight is old; near the bound, whether it says so."""
    if asked.weighed_at is None or asked.printed is None:
        return False
    days = asked.edition.weights.weight_holds_for.to("day").number
    held = timedelta(seconds=int(days * 86_400))
    beyond = asked.printed - datetime.fromisoformat(asked.weighed_at) - held
    return asked.weighed_long_ago if abs(beyond) <= _PLAY else beyond > timedelta(0)


#: In characters: longer than anything that a sheet can hold.
_LONGEST = 2500
#: In words of the sheet: fields with no more than so many between them are read together.
_NEAR = 12


def _blocks(clusters: list[list[_Slot]]) -> Iterator[list[list[_Slot]]]:
    """Fields that stand near each other, as in the box of the patient."""
    block: list[list[_Slot]] = []
    for cluster in clusters:
        if block and cluster[0].start - _end(block[-1]) > _NEAR:
            yield block
            block = []
        block.append(cluster)
    if block:
        yield block


def _end(cluster: list[_Slot]) -> int:
    return max(slot.end for slot in cluster)


def _spans(
    block: list[list[_Slot]], plain: list[str], there: list[str], places: dict[int, int]
) -> list[tuple[int, int]]:
    """Which words of the page stand in the place of each cluster of a block.

    One of the values may hold words that are labels too (an allergy speaks of an age, a record
    number begins with MRN): the labels before it are taken where they stand first, those behind
    it where they stand last, and the value is the one that grows longest so.
    """
    first, last = _around(places, block[0][0].start, _end(block[-1]), len(there))
    labels = [plain[_end(before) : cluster[0].start] for before, cluster in pairwise(block)]
    found = [
        spans
        for wild in range(len(block))
        if (spans := _spread(there, labels, wild, first, last)) is not None
    ]
    if not found:  # a word between the fields was changed: each is then found by itself
        return [_around(places, one[0].start, _end(one), len(there)) for one in block]
    return max(reversed(found), key=lambda spans: max(end - start for start, end in spans))


def _spread(
    there: list[str], labels: list[list[str]], wild: int, first: int, last: int
) -> list[tuple[int, int]] | None:
    """The parts between the labels, where one part may hold words of labels."""
    ends, starts = [], [first]
    for label in labels[:wild]:
        at = _find(there, label, range(starts[-1], last - len(label) + 1))
        if at is None:
            return None
        ends.append(at)
        starts.append(at + len(label))
    low, behind = starts[-1], []
    high = last
    for label in reversed(labels[wild:]):
        at = _find(there, label, range(high - len(label), low - 1, -1))
        if at is None:
            return None
        behind.append((at + len(label), high))
        high = at
    return [*zip(starts, ends, strict=False), (low, high), *reversed(behind)]


def _find(there: list[str], label: list[str], places: range) -> int | None:
    """The first of some places at which a label stands."""
    return next((at for at in places if there[at : at + len(label)] == label), None)


def _nothing(base: SheetRequest) -> SheetRequest:
    for field in FIELDS:
        base = field.put(base, None)
    return replace(base, weighed_long_ago=False)


_TOKEN = re.compile(r"\w+|[^\w\s]")


def _words(
    request: SheetRequest, folders: Sequence[Path], remarks: Sequence[str] = ()
) -> list[str]:
    """The words of a sheet in the order in which a PDF has them: what is at the foot comes last."""
    reader = _Text()
    reader.feed(html(request, folders, density="", paper="letter", weight_remarks=remarks))
    return [*_TOKEN.findall(" ".join(reader.body)), *_TOKEN.findall(" ".join(reader.foot))]


class _Text(HTMLParser):
    """The texts of a page, those of its footer apart."""

    def __init__(self) -> None:
        super().__init__()
        self.body: list[str] = []
        self.foot: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("head", "svg", "footer"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.body.append(data)
        elif self._inside == ["footer"]:
            self.foot.append(data)


def _slots(nothing: SheetRequest, plain: list[str], folders: Sequence[Path]) -> list[_Slot]:
    """Where each field of the template stands; a template may leave one out."""
    found = []
    for rank, field in enumerate(FIELDS):
        with_it = _with(field, nothing, folders)
        start = _alike(plain, with_it)
        tail = _alike(plain[start:][::-1], with_it[start:][::-1])
        end = len(plain) - tail
        if with_it != plain:
            form = tuple(with_it[start : len(with_it) - tail])
            found.append(_Slot(field, start, end, form, rank))
    return sorted(found, key=lambda slot: (slot.start, slot.rank))


def _with(field: Field, nothing: SheetRequest, folders: Sequence[Path]) -> list[str]:
    """The words of the sheet on which one thing is given, printed as `field.shown`."""
    if field is _REMARKS:
        return _words(nothing, folders, [field.shown])
    return _words(field.put(nothing, field.read(field.shown)), folders)


def _remarks(asked: SheetRequest) -> tuple[list[str], list[str]]:
    """What a sheet may remark beside the weight, and the part that tells of an old weight."""
    unaged = replace(asked, age=None, weighed_long_ago=False)
    without = view(unaged)["weight_remarks"]
    every = view(replace(unaged, weighed_long_ago=True))["weight_remarks"]
    assert isinstance(every, list)
    assert isinstance(without, list)
    return every, [one for one in every if one not in without]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two lists begin with together."""
    count = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        count += 1
    return count


def _clusters(slots: list[_Slot]) -> Iterator[list[_Slot]]:
    """Fields with no word of the sheet between them."""
    cluster: list[_Slot] = []
    for slot in slots:
        if cluster and slot.start > max(one.end for one in cluster):
            yield cluster
            cluster = []
        cluster.append(slot)
    if cluster:
        yield cluster


def _places(plain: list[str], found: list[str]) -> dict[int, int]:
    """For the words of the sheet, where they stand on the page."""
    match = SequenceMatcher(None, plain, found, False)
    return {
        block.a + step: block.b + step
        for block in match.get_matching_blocks()
        for step in range(block.size)
    }


def _around(there: dict[int, int], start: int, end: int, count: int) -> tuple[int, int]:
    """The words of the page between those that stand before and behind a place of the sheet."""
    before = max((one for one in there if one < start), default=None)
    behind = min((one for one in there if one >= end), default=None)
    first = there[before] + 1 if before is not None else 0
    return first, there[behind] if behind is not None else count


def _put(asked: SheetRequest, cluster: list[_Slot], plain: list[str], between: str) -> SheetRequest:
    """The request with what stands between two words of the page."""
    pattern = "".join(_of_slot(slot, plain, asked) for slot in cluster)
    match = re.fullmatch(rf"\s*{pattern}\s*", between, re.DOTALL)
    for slot in cluster if match else ():
        printed = match[f"g{slot.rank}"] if match else None
        if slot.field is _REMARKS:
            old = _pattern(_TOKEN.findall(" ".join(_remarks(asked)[1])))
            asked = slot.field.put(asked, bool(re.search(old, printed or "")))
        elif printed and not re.fullmatch(_pattern(plain[slot.start : slot.end]) or r"\Z", printed):
            with suppress(ValueError):
                asked = slot.field.put(asked, slot.field.read(printed))
    return asked


#: No remark of ours; it begins where no time can.
_OTHER_REMARK = r"(?![0-9:\s-]).*?"


def _of_slot(slot: _Slot, plain: list[str], asked: SheetRequest) -> str:
    """The pattern of what may stand in the place of a field."""
    if slot.field is _REMARKS:
        each = (_pattern(_TOKEN.findall(one)) for one in _remarks(asked)[0])
        true = "".join(f"(?:{one})?" for one in each)
        return rf"(?P<g{slot.rank}>{true}|{_OTHER_REMARK})"  # its neighbours are read all the same
    absent = _pattern(plain[slot.start : slot.end])
    shown = _TOKEN.findall(slot.field.shown)
    at = next(n for n in range(len(slot.form)) if slot.form[n : n + len(shown)] == tuple(shown))
    before, behind = slot.form[:at], slot.form[at + len(shown) :]
    form = rf"{_pattern(before)}(?P<g{slot.rank}>{slot.field.form})\s*{_pattern(behind)}"
    return rf"(?:{form}|{absent})" if absent else rf"(?:{form})?"


def _pattern(several: Sequence[str]) -> str:
    return "".join(rf"{re.escape(one)}\s*" for one in several)
