"""What spreadsheet programs do to the cells of a CSV file: what is taken back, what is only told.

They wrap a text as ="0012" or '0012 to keep it one, which is taken back. They turn codes such as
5902-2 into dates, drop zeros and cut long numbers, which cannot be taken back for certain.
"""

from __future__ import annotations

import re
from datetime import date

#: Zero-width and direction marks, soft hyphen, a byte order mark amid the text: nobody sees them.
_UNSEEN = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])
#: What may stand around a cell: spaces of any width, and the end of its line.
_AROUND = " \t\r\n\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_WRAPPED = re.compile(r'="((?:[^"]|"")*)"')
#: The months in English, German, French, Spanish, Italian, Portuguese and Dutch, whole and short.
_MONTHS = (
    "jan january januar jän jänner janv janvier ene enero gen gennaio janeiro januari "
    "feb february februar fév févr février febrero febbraio fev fevereiro februari "
    "mar march mär mrz märz mars marzo março mrt maart apr april avr avril abr abril aprile "
    "may mai mayo mag maggio maio mei jun june juni juin junio giu giugno junho "
    "jul july juli juil juillet julio lug luglio julho aug august août aoû agosto ago augustus "
    "sep sept september septembre septiembre set settembre setembro "
    "oct october okt oktober octobre octubre ott ottobre out outubro "
    "nov november novembre noviembre novembro "
    "dec december dez dezember déc décembre dic diciembre dicembre dezembro"
)
_NAME = "|".join(_MONTHS.split())
_GAP = r"[\s./-]+"
_WITH_MONTH = re.compile(
    rf"(?:(\d{{1,4}}){_GAP})?(?:{_NAME})\.?(?:{_GAP}(\d{{1,4}}))?", re.IGNORECASE
)
_NUMBERS_ALONE = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ]\d{1,2}:\d\d(?::\d\d)?(?:\s?[AP]M)?)?",
    re.IGNORECASE,
)
_TWO_NUMBERS = re.compile(r"(\d{1,4})[./-](\d{1,4})")
_POWER = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_MONEY = re.compile(r"[$€£¥]\s?[\d.,]+|[\d.,]+\s?[$€£¥]")
_ERROR = re.compile(r"#{3,}|#(?:NAME|REF|VALUE|DIV/0|NUM|N/A|NULL|WERT|BEZUG|NOM|VALEUR)[!?]?")
#: The day from which spreadsheets number all others.
_FIRST_DAY = date(1899, 12, 30)


def cleaned(cell: str) -> str:
    """A cell as it was before a spreadsheet wrapped it, without the spaces around it."""
    cell = cell.strip(_AROUND)
    if wrapped := _WRAPPED.fullmatch(cell):
        return wrapped[1].replace('""', '"').strip(_AROUND)
    if cell.startswith("'") and "'" not in cell[1:]:
        return cell[1:].strip(_AROUND)
    return cell


def in_words(cell: str) -> str:
    """A cell as words are compared: `cleaned`, and without the marks that nobody sees.

    Why never an amount: what nobody sees there may have been a digit, or turns the others round.
    """
    return cleaned(cell if cell.isascii() else cell.translate(_UNSEEN))


def rewritten(cell: str, meant: str | None = None) -> str | None:
    """How a spreadsheet has changed a cell, told as 'a spreadsheet has made a date of it'.

    `meant` is what should stand there, None where some number should; a text with letters is only
    ever replaced by an error. Returns None for a cell that shows no sign of a spreadsheet.
    """
    if _ERROR.fullmatch(cell):
        return "a spreadsheet shows an error or a narrow column in its place"
    if cell == meant or not (meant is None or re.fullmatch(r"[\d\s.,/-]+", meant)):
        return None
    if _is_date(cell) or _may_be_date(cell, meant or ""):
        return "a spreadsheet has made a date of it"
    if _POWER.fullmatch(cell):
        return "a spreadsheet has rewritten it"
    if _MONEY.fullmatch(cell):
        return "a spreadsheet has made a sum of money of it"
    return _as_number(cell, meant) if meant and re.fullmatch(r"[0-9]+", meant) else None


def _as_number(cell: str, meant: str) -> str | None:
    """How digits that are no number, such as a code or an id, were changed as if they were one."""
    digits = re.fullmatch(r"[0-9]+", cell)
    if digits and cell.lstrip("0") == meant.lstrip("0"):
        return "a spreadsheet has dropped zeros at its beginning"
    if digits and len(cell) == len(meant) > 15 and cell == f"{meant[:15]:0<{len(meant)}}":
        return "a spreadsheet has cut it after 15 digits"
    whole = re.sub(r"[.,]0+$", "", cell)
    if re.sub(r"[.,\s]", "", whole).lstrip("0") == meant.lstrip("0"):
        return "a spreadsheet has made a number of it"
    return None


def _is_date(cell: str) -> bool:
    """A month by its name beside a number, or day, month and year."""
    named = _WITH_MONTH.fullmatch(cell)
    return bool(named and (named[1] or named[2])) or bool(_NUMBERS_ALONE.fullmatch(cell))


def _may_be_date(cell: str, meant: str) -> bool:
    """Whether a cell is the date that a spreadsheet takes for a code such as 5902-2."""
    code, two = re.fullmatch(r"(\d{1,4})-(\d{1,2})", meant), _TWO_NUMBERS.fullmatch(cell)
    if code is None:
        return False
    first, second = int(code[1]), int(code[2])
    if two:
        found = {int(two[1]) % 100, int(two[2]) % 100}
        return found == {first % 100, second % 100}
    day = re.fullmatch(r"(\d+)(?:[.,]0+)?", cell)
    if day and 1 <= second <= 12 and first > 31:
        return int(day[1]) == (date(first, second, 1) - _FIRST_DAY).days
    return False
