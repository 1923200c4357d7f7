"""Changes to tables: cells, rows and columns, and the ways in which spreadsheets write a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from random import Random

from mutate import AMOUNTS, INVISIBLE, VALUES, change_lines, cut, encoded, splice


def of_table(random: Random, text: str, columns: Sequence[str]) -> bytes:
    """A CSV with cells, rows or columns changed; half of the changes fall on the named columns."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    if len(rows) < 2 or random.random() < 0.1:
        return encoded(random, random.choice((change_lines, splice, cut))(random, text))
    for _ in range(random.choice((1, 1, 1, 2))):
        _change_table(random, rows, columns)
    out = io.StringIO(newline="")
    delimiter = random.choice((",",) * 6 + (";", "\t", "|"))
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    end = random.choice(("\r\n", "\r\n", "\n", "\r"))
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    head = random.choice(
        ("", "\ufeff", "\ufeff", "sep=;\r\n", f"sep={delimiter}\r\n", "Report\r\n\r\n")
    )
    return encoded(random, head + out.getvalue())


def _change_table(random: Random, rows: list[list[str]], columns: Sequence[str]) -> None:
    at = random.randrange(1, len(rows)) if len(rows) > 1 else 0
    match random.randrange(12):
        case 0:
            del rows[at]
        case 1:
            rows.insert(at, list(rows[at]))
        case 2:
            other = random.randrange(len(rows))
            rows[at], rows[other] = rows[other], rows[at]
        case 3:
            column = random.randrange(len(rows[0]))
            for row in rows:
                del row[column : column + 1]
        case 4:
            column = random.randrange(len(rows[0]))
            for row in rows:
                row[column:column] = row[column : column + 1] or [""]
        case 5:
            rows[0][random.randrange(len(rows[0]))] = random.choice(VALUES)
        case _:
            known = [place for place, name in enumerate(rows[0]) if name in columns]
            filled = [(row, place) for row in rows[1:] for place in known if row[place : place + 1]
                      and row[place]]  # fmt: skip
            if filled and random.random() < 0.8:
                row, place = random.choice(filled)
            else:
                row = rows[at]
                place = random.choice(known) if known else random.randrange(len(row) or 1)
            row += [""] * (place + 1 - len(row))
            row[place] = _cell(random, row[place])


def _cell(random: Random, old: str) -> str:
    """A dose as another says it, or as somebody mistyped it."""
    if old and random.random() < 0.6:
        at = random.randrange(len(old))
        return random.choice((
            old + "0", old[:at] + old[at + 1 :], "0" + old, f"{old}.0", f"{old}.5", f'="{old}"',
            f"'{old}", f"-{old}", old[:at] + random.choice(INVISIBLE) + old[at:], f" {old}\u00a0",
            f"{old}%", f"{old}e1", f"{old} x", old.replace("m", "µ"), old.replace("mg", "g"),
            old.replace("0", "O"), old.upper(), old[::-1], "\u202e" + old[::-1], f"{old}\n",
            old.translate({48 + digit: 0xFF10 + digit for digit in range(10)}), f"{old},{old}",
            f"1{old}", "",
        ))  # fmt: skip
    return random.choice(
        (random.choice(AMOUNTS), random.choice(AMOUNTS).split(" ")[0], random.choice(VALUES))
    )
