"""Which line of the order set a row of an export is: by key, by the EHR's own id, or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from anedocs.documents.worksheet.columns import EDITION
from anedocs.reconcile.export import Row
from anedocs.reconcile.fields import Line
from anedocs.reconcile.map import ReconcileMap, plain


class Lines:
    """The lines of the order set, and how rows of an export find them."""

    def __init__(
        self, lines: Iterable[Line], plan: ReconcileMap, record_ids: Mapping[str, str]
    ) -> None:
        self.by_key = {line["row_key"]: line for line in lines}
        self._plan = plan
        self._names = {key: self._tiers(key) for key in self.by_key}
        self._record_ids = {
            key: line.get("local_record_id") or record_ids.get(key, "")
            for key, line in self.by_key.items()
        }

    @property
    def wanted(self) -> Iterator[str]:
        """The keys of the lines that the export must have, in the order of the order set."""
        return (
            key
            for key, line in self.by_key.items()
            if line["row_type"] in self._plan.lines and key != EDITION
        )

    def find(self, row: Row) -> list[str]:
        """The keys of the lines that a row may be: none, one, or several that it does not tell."""
        match = self._plan.match
        if match.key and (given := row.cell(match.key)):
            return [given] if given in self.by_key else []
        if match.record_id and (given := row.cell(match.record_id)):
            known = [key for key, one in self._record_ids.items() if one == given]
            if known:
                return known
        return self._by_name(row) if match.name else []

    def label(self, row: Row) -> str | None:
        """What a row calls itself, for one that is no line of the order set."""
        match = self._plan.match
        columns = (match.key, match.name, match.record_id)
        told = dict.fromkeys(text for column in columns if column and (text := row.cell(column)))
        return ", ".join(told) or None

    def names(self, key: str) -> set[str]:
        """Every name by which a line may go, in its plain form."""
        return {name for tier in self._names[key] for name in tier}

    def record_id(self, key: str) -> str:
        """The EHR's own id of a line, where the site has told it."""
        return self._record_ids[key]

    def _by_name(self, row: Row) -> list[str]:
        """By the names that the map declares, else by the name itself, else by a synonym."""
        name = plain(row.cell(self._plan.match.name or ""))
        for tier in range(3):
            found = [key for key in self.wanted if name and name in self._names[key][tier]]
            if len(found) > 1:
                return self._told_apart(row, found)
            if found:
                return found
        return []

    def _told_apart(self, row: Row, found: list[str]) -> list[str]:
        number = row.cell(self._plan.match.same_name or "")
        if number.isascii() and number.isdigit() and 0 < int(number) <= len(found):
            return [found[int(number) - 1]]
        return found

    def _tiers(self, key: str) -> tuple[set[str], set[str], set[str]]:
        line = self.by_key[key]
        others = [line.get("generic_name", ""), *line.get("synonyms", "").split(";")]
        return (
            {plain(name) for name in (self._plan.names or {}).get(key, ())},
            {plain(line["display_name"])},
            {plain(name) for name in others if name.strip()},
        )
