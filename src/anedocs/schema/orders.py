"""The shape of what is ordered: sourced values, dose rules, orders, sections, gates."""

import re
from typing import Annotated, Generic, Literal, TypeVar

from anedocs.core.quantity import Quantity
from anedocs.core.ranges import Range, seams
from anedocs.schema.parts import Part, Tagged, Wrong, rule
from anedocs.schema.person import Person
from anedocs.schema.shape import (
    LinesOrWhole,
    OriginText,
    QuestionId,
    QuestionIds,
    ShortForm,
    Slug,
    Text,
    Units,
)

ValueT = TypeVar("ValueT")
Weight = Annotated[Quantity, Units("kg")]
Mass = Annotated[Quantity, Units("mg", "g", "mcg")]
MassPerWeight = Annotated[Quantity, Units("mg/kg")]
MassOrPerWeight = Annotated[Quantity, Units("mg/kg", "mg", "g", "mcg")]
Duration = Annotated[Quantity, Units("day", "week", "hour", "minute")]
Percent = Annotated[Quantity, Units("%")]


class OpenQuestion(Part):
    """Something that the guideline leaves unclear; it stands beside what it concerns."""

    id: QuestionId
    """Stable id, A1 and upwards; never reused."""
    asks: Text
    """The question, in our own words."""
    lines: LinesOrWhole
    """Lines of the guideline file, or 'whole'."""
    until_answered: Text
    """What every document does until the committee answers."""
    committee: Literal["to confirm", "gap list", "settled"]
    """'to confirm' keeps the order set a draft; 'settled' needs no answer."""
    quote: Text | None = None
    """The few words of the guideline whose wording is itself the question."""
    answer: Text | None = None
    """The committee's answer."""
    answered_by: Person | None = None
    """Who answered, with role."""

    @property
    def open(self) -> bool:
        """Whether the committee still owes an answer."""
        return self.committee != "settled" and self.answer is None

    @rule
    def _answer_has_a_name(self) -> None:
        if self.answer is not None and self.answered_by is None:
            raise Wrong("nobody is named who answered", "Add 'answered_by:' with name and role")


class Questioned(Part):
    """A part beside which open questions may stand."""

    open_questions: tuple[OpenQuestion, ...] = ()


class Stated(Part, Generic[ValueT]):
    """A value with its origin, or NOT SET with the open questions that ask for it."""

    looks_like = "Write '{value: …, from: …}' or '{not_set: …}'"

    value: ValueT | None = None
    """The value itself."""
    from_: OriginText | None = None
    """Where it is from."""
    not_set: QuestionIds | None = None
    """Ids of the open questions, or 'silent'; printed as NOT SET."""
    quote: Literal["yes"] | None = None
    """'yes' where the wording itself is the open question; printed in quotation marks."""

    @rule
    def _value_or_not_set(self) -> None:
        if (self.value is None) == (self.not_set is None):
            raise Wrong(
                "give either a value or not_set, and not both",
                "Write '{value: …, from: …}' or '{not_set: A9}'",
            )
        if self.value is not None and self.from_ is None:
            raise Wrong("this value does not say where it is from", "Add 'from: guideline …'")


class Sourced(Part):
    """A sentence in our own words, with its origin."""

    text: Text
    """The sentence as printed."""
    from_: OriginText
    """Where it is from."""
    short: Text | None = None
    """A shorter form for crowded pages."""
    remark: Text | None = None
    """What stands in brackets behind it, such as that the source has it in another place."""


class Band(Part):
    """One weight band of a dose rule."""

    id: Slug | None = None
    """Stable id, by which the EHR keeps the band apart; never reused."""
    at_least: Weight | None = None
    """From this weight on."""
    above: Weight | None = None
    """Above this weight."""
    below: Weight | None = None
    """Below this weight."""
    up_to: Weight | None = None
    """Up to and with this weight."""
    amount: MassOrPerWeight
    """The dose in this band, per kg or fixed."""

    @rule
    def _one_bound_a_side(self) -> None:
        if self.at_least and self.above:
            raise Wrong("'at_least' and 'above' cannot both stand", "Keep one of the two")
        if self.below and self.up_to:
            raise Wrong("'below' and 'up_to' cannot both stand", "Keep one of the two")

    @property
    def range(self) -> Range:
        """The weights of the band, in kg."""
        low, high = self.at_least or self.above, self.below or self.up_to
        return Range(
            low.number if low else None, self.above is None,
            high.number if high else None, self.up_to is not None,
        )  # fmt: skip


class ByWeight(Part):
    """So many mg for each kg."""

    kind: Literal["by_weight"]
    amount: MassPerWeight
    """The basis, such as 30 mg/kg."""


class WeightBands(Part):
    """Another basis, or another fixed dose, in each weight band."""

    kind: Literal["weight_bands"]
    bands: tuple[Band, ...]
    """All weights, once each, from light to heavy."""

    @rule
    def _bands_cover_all_weights(self) -> None:
        if not self.bands:
            raise Wrong("there is no band", "Add the bands, from light to heavy")
        faults = [sentence for _, sentence in seams([band.range for band in self.bands])]
        if faults:
            raise Wrong(
                re.sub(r"([0-9.]*[0-9])", r"\1 kg", "; ".join(faults)),
                "Let each band begin exactly where the one above it ends",
            )


class Fixed(Part):
    """The same dose at every weight."""

    kind: Literal["fixed"]
    amount: Mass
    """The dose."""


class NotSet(Part):
    """No dose: the guideline gives none. A supplement may stand ready for the committee."""

    kind: Literal["not_set"]
    questions: QuestionIds
    """The open questions that ask for it, or 'silent'."""
    supplement: Slug | None = None
    """The published dose that fills this line once the committee has accepted it."""


Rule = Annotated[ByWeight | WeightBands | Fixed, Tagged]
DoseRule = Annotated[ByWeight | WeightBands | Fixed | NotSet, Tagged]


class Stop(Part):
    """A dose above which nothing is printed until named people have entered one."""

    value: Mass
    """The dose above which the line is stopped."""
    from_: OriginText
    """Where the figure is from."""
    entered_by: Text
    """Who must enter the dose."""


class Blank(Part):
    """A line left open for handwriting."""

    id: Slug
    label: Text
    """What is to be written there."""
    questions: QuestionIds
    """The open questions that this blank answers for one child."""


class _Order(Questioned):
    id: Slug
    """Stable id, the same in every document and file."""
    name: Text
    """What stands on the order line."""
    from_: OriginText
    """The statements that ask for this order."""
    urgency: Stated[Literal["STAT", "urgent", "non-urgent"]] | None = None
    """How soon; absent where the guideline states none."""
    placed_by: Stated[Text] | None = None
    """Who places it; absent where the guideline does not say."""
    timing: Stated[Text] | None = None
    """When, in words."""
    purpose: Sourced | None = None
    """What for."""
    condition: Sourced | None = None
    """Only if this holds."""
    optional: Sourced | None = None
    """Why this line is optional; an optional line is never pre-ticked."""
    notes: tuple[Sourced, ...] = ()
    blanks: tuple[Blank, ...] = ()
    families_should_hear: Literal["yes", "no"] = "no"
    """'yes' where a paragraph of the leaflet must speak of it."""


class Medication(_Order):
    """A drug: everything that is not stated says so."""

    kind: Literal["medication"]
    short_forms: tuple[ShortForm, ...] = ()
    """What it is called for short, which no document may say; 'TNK' in capitals alone, 'tnk' in
    any letters."""
    dose: DoseRule
    dose_from: OriginText | None = None
    """Where the dose is from."""
    maximum: Stated[Mass]
    """The most that is given at once."""
    stop_above: Stop | None = None
    salt: Stated[Text]
    route: Stated[Text]
    frequency: Stated[Text]
    duration: Stated[Duration]
    infusion_time: Stated[Duration]
    rounding: Stated[Mass]
    """The step to which doses are rounded; only ever a decision with an owner."""
    first_dose: Stated[Text] | None = None
    choice: Slug | None = None
    """Orders of the same choice exclude each other."""
    role: Literal["preferred", "alternative"] | None = None

    @rule
    def _dose_has_an_origin(self) -> None:
        if self.dose.kind != "not_set" and self.dose_from is None:
            raise Wrong("the dose does not say where it is from", "Add 'dose_from: guideline …'")


class PlainOrder(_Order):
    """Everything that is ordered and is no drug."""

    kind: Literal["laboratory", "imaging", "consult", "procedure", "note"]
    short: Text | None = None
    """A shorter name for crowded pages."""
    components: tuple["PlainOrder", ...] = ()
    """What is done or sent with it."""


Order = Annotated[Medication | PlainOrder, Tagged]


class OrderChoice(Questioned):
    """Orders of which one stands for the others."""

    id: Slug
    title: Text
    select: Literal["exactly-one", "at-most-one"]
    """How many of them the EHR lets a prescriber tick."""
    from_: OriginText


class Section(Questioned):
    """A block of orders, as the guideline groups them."""

    id: Slug
    title: Text
    banner: Stated[Text] | None = None
    """What is said of the whole block."""
    orders: tuple[Order, ...]
    notes: tuple[Sourced, ...] = ()


class Check(Part):
    """One thing to be done or judged before an order may be carried out."""

    id: Slug
    text: Text
    from_: OriginText
    answer: Literal["tick", "yes or no", "name"]
    """How it is answered on paper."""
    blank: Text | None = None
    """What is written beside it by hand."""
    calls_for: PlainOrder | None = None
    """An order that is placed only if this check calls for it."""


class Gate(Questioned):
    """What must have happened before an order may be carried out."""

    id: Slug
    order: Slug
    """The order behind the gate."""
    title: Text
    approval: Sourced
    """Whose approval is needed."""
    approved_by: Text
    """The role that approves, as printed beside the blank."""
    checks: tuple[Check, ...]
