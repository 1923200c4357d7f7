"""The shapes of the files beside the order set: weight for age, site, approval, patient."""

from itertools import pairwise
from typing import Literal

from anedocs.core.quantity import Quantity
from anedocs.core.wording import amount
from anedocs.schema.model import Age
from anedocs.schema.orders import Weight
from anedocs.schema.parts import Part, Wrong, rule
from anedocs.schema.person import Person
from anedocs.schema.shape import Day, Slug, Text

#: Between two rows the limits of an age are read; fewer check nothing.
_FEWEST_ROWS = 2


def _in_order(*limits: Quantity) -> None:
    numbers = [limit.number for limit in limits]
    if numbers != sorted(numbers):
        raise Wrong(
            "these limits are not in order",
            "hard_low, soft_low, median, soft_high and hard_high must grow",
        )


class WeightRow(Part):
    """Plausible weights at one age."""

    age: Age
    median: Weight | None = None
    """Null where no published figure is at hand; no limit is read from it."""
    soft_low: Weight
    soft_high: Weight
    hard_low: Weight
    hard_high: Weight
    own_bound: Text | None = None
    """How these limits were found, where that is not as `derivation` says: this project's own."""

    @rule
    def _limits_are_in_order(self) -> None:
        median = (self.median,) if self.median else ()
        _in_order(self.hard_low, self.soft_low, *median, self.soft_high, self.hard_high)


class WeightLimits(Part):
    """Limits that hold at every age, or where the age is not known."""

    hard_low: Weight
    hard_high: Weight
    soft_low: Weight
    soft_high: Weight

    @rule
    def _limits_are_in_order(self) -> None:
        _in_order(self.hard_low, self.soft_low, self.soft_high, self.hard_high)


class WeightForAge(Part):
    """Plausible weights for age, with their derivation."""

    derivation: Text
    status: Literal["proposed", "accepted"]
    accepted_by: Person | None = None
    between_rows: Literal["linear"]
    """How ages between two rows are read."""
    age_below: Age
    """The end of childhood: from this age on no children's sheet is filled in."""
    weight_holds_for: Age
    """So long after the weighing a weight is taken without a word."""
    without_age: WeightLimits
    rows: tuple[WeightRow, ...]

    @rule
    def _acceptance_has_a_name(self) -> None:
        if self.status == "accepted" and self.accepted_by is None:
            raise Wrong("these limits are accepted by nobody", "Add 'accepted_by:' (name and role)")

    @rule
    def _ages_grow(self) -> None:
        ages = [row.age.to("day").number for row in self.rows]
        if len(ages) < _FEWEST_ROWS:
            raise Wrong(
                f"the table has {len(ages)} rows, so no weight could be checked against an age",
                "Put the rows back, from birth to the end of childhood",
            )
        if ages[0]:
            raise Wrong(
                f"the table begins at {amount(self.rows[0].age)}, so newborns are not checked",
                "Add a row at birth, such as 'age: 0 days'",
            )
        if any(after <= before for before, after in pairwise(ages)):
            raise Wrong("the ages of the rows do not grow", "Put the rows in order, one for an age")


class Site(Part):
    """What is local to a hospital and never clinical; printed as a blank line until set."""

    hospital_name: Text | None = None
    form_number: Text | None = None
    pharmacy_phone: Text | None = None
    phones: dict[Text, Text | None] | None = None
    """Of other services, by their names."""
    ehr_base_url: Text | None = None
    ehr_record_ids: dict[Slug, Text] | None = None


class Approval(Part):
    """One signature under one part of the order set."""

    part: Slug
    fingerprint: Text
    """Fingerprint of the content that was approved."""
    role: Literal["medical staff", "nursing", "pharmacy"]
    name: Person
    date: Day
    revision: Text | None = None
    """The revision that was signed, where the signature names it."""


class Withdrawal(Part):
    """An edition taken out of use."""

    by: Person
    date: Day
    reason: Text


class ApprovalRecord(Part):
    """Who has approved what."""

    approvals: tuple[Approval, ...] = ()
    withdrawn: Withdrawal | None = None


class Patient(Part):
    """Who the sheet is for; given on standard input or in a file, kept nowhere."""

    name: Text | None = None
    mrn: Text | None = None
    """Medical record number."""
    date_of_birth: Day | None = None
