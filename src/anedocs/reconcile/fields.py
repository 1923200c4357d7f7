"""What is compared, and where the rows of the build worksheet say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from anedocs.core.quantity import Quantity
from anedocs.reconcile.amounts import Marks
from anedocs.reconcile.map import plain

#: A row of the build worksheet: what the order set says of one line, by column.
Line = Mapping[str, str]
#: How the worksheet says that the order set leaves a field open, in plain form.
_NOT_SET = {"", "not set", "not stated", "not_stated", "n/a"}


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is compared: the columns of the worksheet that say it."""

    name: str
    columns: tuple[str, ...]
    amount: bool = False
    """The columns are a number and its unit."""
    unit: str = ""
    """The unit, where it has no column."""
    otherwise: Literal["local", "drifted", "dose_not_set"] = "local"
    """What it is when the site has filled what the order set leaves open."""
    default: str = ""
    """The word that says no more than an empty cell."""

    def text(self, line: Line) -> str | None:
        """What the order set says, as text; None where it leaves it open."""
        texts = [line.get(column, "").strip() for column in self.columns]
        said = " ".join(text for text in texts if plain(text) not in _NOT_SET)
        return f"{said} {self.unit}".strip() if said and self.amount else said or None

    def amount_of(self, line: Line) -> Quantity | None:
        """The amount that the order set says; None where it leaves it open."""
        if not self.columns or plain(line.get(self.columns[0], "")) in _NOT_SET:
            return None
        unit = line[self.columns[1]].strip() if len(self.columns) > 1 else self.unit
        return Quantity(Marks().number(line[self.columns[0]]), unit)


FIELDS = (
    Field("row_type", ("row_type",), otherwise="drifted"),
    Field("order_type", ("order_type",), otherwise="drifted"),
    Field("name", ("display_name",), otherwise="drifted"),
    Field("generic_name", ("generic_name",)),
    Field("dose_basis", ("dose_basis",), otherwise="dose_not_set"),
    Field("dose", ("dose_value", "dose_unit_ucum"), True, otherwise="dose_not_set"),
    Field("dose_as_text", (), otherwise="dose_not_set"),
    Field("dose_as_volume", (), True),
    Field("maximum", ("max_single_dose_value", "max_single_dose_unit"), True),
    Field("weight_from", ("min_weight_kg_inclusive",), True, "kg", "drifted"),
    Field("weight_below", ("max_weight_kg_exclusive",), True, "kg", "drifted"),
    Field("route", ("route",)),
    Field("frequency", ("frequency_text",)),
    Field("frequency_count", ("freq_n",), True),
    Field("frequency_period", ("freq_period", "freq_period_unit"), True),
    Field("duration", ("duration_value", "duration_unit"), True),
    Field("dose_count", ("dose_count",), True),
    Field("concentration", ("concentration",)),
    Field("infusion_time", ("infusion_time",)),
    Field("prn", ("prn",), otherwise="drifted", default="n"),
    Field("priority", ("priority",)),
    Field("selected", ("default_selected",), otherwise="drifted"),
    Field("required", ("required_level",), otherwise="drifted", default="could"),
    Field("group", ("selection_group",), otherwise="drifted"),
    Field("selection_rule", ("selection_rule",), otherwise="drifted", default="any"),
    Field("condition", ("condition_text",)),
    Field("approval", ("approval_required",)),
    Field("performed_by", ("performed_by",)),
    Field("comments", ("order_comments",)),
    Field("code", ("code_system", "code")),
)
DOSE = next(field for field in FIELDS if field.name == "dose")
