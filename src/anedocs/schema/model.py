"""The shape of an order set file, read from top to bottom as the guideline reads."""

from collections.abc import Iterator
from dataclasses import field
from typing import Annotated, Literal, TypeVar

from anedocs.core.quantity import Quantity
from anedocs.schema.card import CardFact
from anedocs.schema.differences import Differences
from anedocs.schema.family import Leaflet
from anedocs.schema.orders import (
    Gate,
    Mass,
    Medication,
    OpenQuestion,
    OrderChoice,
    Percent,
    PlainOrder,
    Questioned,
    Rule,
    Section,
    Sourced,
    Stated,
    Weight,
)
from anedocs.schema.origin import Origin
from anedocs.schema.parts import Part, Wrong, rule
from anedocs.schema.person import Person
from anedocs.schema.shape import (
    Day,
    Letter,
    Lines,
    OriginText,
    QuestionIds,
    Revision,
    Slug,
    StatementId,
    Text,
    Units,
)

ValueT = TypeVar("ValueT")
Age = Annotated[Quantity, Units("day", "week", "month", "year", zero=True)]
Score = Annotated[Quantity, Units("point")]
#: The state of a treatment gate before the committee has decided.
UNCONFIRMED = "unconfirmed"
Grade = Literal["official", "official, local", "copy", "secondary", "derived", "own"]


class Source(Part):
    """A text that this order set was made from."""

    id: Slug
    title: Text
    file: Text
    """Its file name."""
    sha256: str
    """Fingerprint of the file, so that another one is noticed."""
    lines: Lines
    letter: Letter | None = None
    """The letter that marks in the leaflet what rests on it."""
    edition: Text | None = None
    credit: Text
    """How it is credited in print."""
    review_by: Day | None = None
    """When its own authors review it."""


class RevisionEntry(Part):
    """One revision and what it changed."""

    revision: Revision
    date: Day
    says: Text


class Metadata(Questioned):
    """What a hospital must supply before anything can be approved; null until supplied."""

    institution: Text | None = None
    owner: Text | None = None
    effective_date: Day | None = None
    review_date: Day | None = None
    age_range: Text | None = None
    exclusions: Text | None = None


class Criterion(Part):
    """One criterion."""

    id: Slug
    text: Text
    """The criterion; with `below`, the name of the score."""
    below: Score | None = None
    """The score must be less than this."""
    from_: OriginText


class Entry(Questioned):
    """Which patients the order set is for."""

    required: tuple[Criterion, ...]
    """All of these."""
    at_least_one: tuple[Criterion, ...]
    """And one of these at the least."""
    definition: tuple[Sourced, ...] = ()


class FlowNode(Part):
    """A box of the flowchart."""

    id: Slug
    kind: Literal["start", "action", "question", "end"]
    text: Text
    orders: tuple[Slug, ...] = ()
    """Orders or sections that the box stands for."""
    from_: OriginText


class FlowEdge(Part):
    """An arrow of the flowchart."""

    start: Slug
    end: Slug
    answer: Text | None = None
    confidence: Literal["stated", "reconstructed"]
    """'reconstructed' where the arrow was rebuilt from the order of the text."""
    reading: Slug | None = None
    """The reading of the treatment gate under which alone the arrow counts."""


class GateReading(Part):
    """One reading of when treatment begins."""

    id: Slug
    says: Text
    """What every document says once the committee has decided for it."""
    from_: OriginText
    """The statements that support it."""
    waits: tuple[Slug, ...] = ()
    """Orders and sections that wait under it; the EHR opens none of them ticked."""

    @rule
    def _is_a_decision(self) -> None:
        if self.id == UNCONFIRMED:
            raise Wrong(f"'{UNCONFIRMED}' is what a gate is before any decision", "Give another id")


class TreatmentGate(Part):
    """Whether treatment waits for something; one switch for every document."""

    state: Slug
    """'unconfirmed', or the id of the reading for which the committee has decided."""
    questions: QuestionIds
    """The open questions that ask for the decision."""
    unconfirmed_says: Text
    """What every document says until then."""
    readings: tuple[GateReading, ...]

    @property
    def decided(self) -> GateReading | None:
        """The reading for which the committee has decided; None until then."""
        return next((one for one in self.readings if one.id == self.state), None)

    @property
    def says(self) -> str:
        """What every document says of it now."""
        return self.decided.says if self.decided else self.unconfirmed_says

    @rule
    def _is_asked(self) -> None:
        if self.questions == ("silent",):
            raise Wrong("no open question asks for this decision", "Name it, such as 'A2'")


class Flow(Questioned):
    """The decision flow."""

    treatment_gate: TreatmentGate | None = None
    """None where the guideline leaves no doubt when treatment begins."""
    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]
    remark: Text | None = None
    """Stands under the flowchart of a draft, where arrows are reconstructed."""

    @property
    def arrows(self) -> list[FlowEdge]:
        """The edges that count: until the committee has decided, those of every reading."""
        gate = self.treatment_gate
        decided = gate.decided if gate else None
        return [one for one in self.edges if decided is None or one.reading in (None, decided.id)]


class CriteriaList(Questioned):
    """Criteria to be read beside an order or a question of the flow, such as those of a scan."""

    id: Slug
    heading: Text
    """Over which heading the list stands; neighbours of one heading share it."""
    title: Text
    any_of: tuple[Criterion, ...]
    notes: tuple[Sourced, ...] = ()


class Citation(Part):
    """Where a published value was read, and how well that supports it."""

    source: Text
    grade: Grade


class Rival(Part):
    """The dose that another reference gives for the same children."""

    dose: Rule
    cites: tuple[Citation, ...]


class AgeRow(Part):
    """A published dose for one age group."""

    label: Text
    age_at_least: Age | None = None
    age_below: Age | None = None
    dose: Rule
    maximum: Mass | None = None
    frequency: Text
    cites: tuple[Citation, ...]
    rival: Rival | None = None


class Supplement(Part):
    """A published value that the guideline does not give; of no effect until accepted."""

    id: Slug
    concerns: Slug
    """The order that it is about, or 'order-set'."""
    topic: Literal[
        "dose", "maximum", "duration", "route", "infusion", "preparation", "age", "renal",
        "warning", "contraindication", "evidence", "safeguard",
    ]  # fmt: skip
    state: Literal["proposed", "accepted"]
    accepted_by: Person | None = None
    """Name and role of who accepted it."""
    accepted_on: Day | None = None
    says: Text
    """The fact, in our own words."""
    value: Mass | None = None
    value_for: Text | None = None
    """The uses for which the value was published."""
    rows: tuple[AgeRow, ...] = ()
    cites: tuple[Citation, ...]
    conflict: Text | None = None
    """In what two references disagree; both are carried until the committee decides."""

    @rule
    def _acceptance_is_whole(self) -> None:
        if self.state == "accepted" and (self.accepted_by is None or self.accepted_on is None):
            raise Wrong(
                "this supplement is accepted by nobody, or on no day",
                "Add 'accepted_by:' (name and role) and 'accepted_on:'",
            )
        if self.state == "accepted" and (self.conflict or any(row.rival for row in self.rows)):
            raise Wrong(
                "this supplement is accepted while two references disagree",
                "Decide: remove 'rival:' and 'conflict:', and say in 'accepted_by:' who decided",
            )


class LocalDecision(Part):
    """A decision of this hospital, with the person who owns it."""

    id: Slug
    says: Text
    owner: Text
    """Name and role."""
    decided_on: Day


class Safeguards(Part):
    """Figures of the safety checks that are not doses."""

    boundary_margin: Stated[Percent]
    """So near to a band edge or a maximum, both doses are shown and the child is weighed again."""
    scale_step: Stated[Weight]
    """The step of the neighbouring weights that are shown."""


class Statement(Part):
    """One statement of the guideline, in our own words and without its numbers."""

    id: StatementId
    lines: Lines
    says: Text
    who: Text | None = None
    when: Text | None = None


class Reference(Part):
    """One reference of the guideline."""

    id: StatementId
    list: Text | None = None
    """In which of several lists of the guideline it stands."""
    number: str | None = None
    title: Text
    authors: Text | None = None
    journal: Text | None = None
    year: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    doi: str | None = None
    url: str | None = None
    checked: Text | None = None


class CodeSystem(Part):
    """A terminology and the terms under which its codes may be shipped."""

    id: Slug
    uri: Text
    licence: Literal["free", "attribution", "restricted"]
    notice: Text


class Code(Part):
    """One code of an orderable."""

    system: Slug
    code: Text
    display: Text
    """The published name, never changed and never linted."""
    grade: Literal["A", "A-", "B+", "B"]
    licence: Literal["free", "attribution", "restricted"]
    status: Literal["verified", "check"]
    use: Literal["preferred", "alternative", "dispense", "result", "suggestion"]
    seen_in: tuple[Text, ...]
    note: Text | None = None


class OrderSet(Part):
    """An order set: the one file from which every document is made."""

    id: Slug
    title: Text
    short_title: Text
    population: Text
    """Whom it is for, as printed under the title."""
    revision: Revision
    sources: tuple[Source, ...]
    """The guideline first."""
    revisions: tuple[RevisionEntry, ...]
    metadata: Metadata
    entry: Entry
    flow: Flow | None = None
    sections: tuple[Section, ...]
    choices: tuple[OrderChoice, ...] = ()
    criteria: tuple[CriteriaList, ...] = ()
    gates: tuple[Gate, ...] = ()
    safeguards: Safeguards
    supplements: tuple[Supplement, ...] = ()
    local_decisions: tuple[LocalDecision, ...] = ()
    statements: tuple[Statement, ...] = ()
    references: tuple[Reference, ...] = ()
    code_systems: tuple[CodeSystem, ...] = ()
    codes: dict[Slug, tuple[Code, ...]] = field(default_factory=dict)
    pocket_card: tuple[CardFact, ...] | None = None
    leaflet: Leaflet | None = None
    differences: Differences | None = None

    @property
    def medications(self) -> Iterator[Medication]:
        """Every drug, in the order of the file."""
        return (order for order in self.orders if isinstance(order, Medication))

    @property
    def orders(self) -> Iterator[Medication | PlainOrder]:
        """Every order, components included, in the order of the file."""
        for section in self.sections:
            for order in section.orders:
                yield order
                if isinstance(order, PlainOrder):
                    yield from order.components

    @property
    def short_forms(self) -> tuple[str, ...]:
        """The short forms of every drug, which no document may say."""
        return tuple(form for drug in self.medications for form in drug.short_forms)

    @property
    def treatment_gate(self) -> TreatmentGate | None:
        """Whether treatment waits for something; None where that is no question."""
        return self.flow.treatment_gate if self.flow else None

    @property
    def unconfirmed(self) -> str | None:
        """What is said while the committee has not decided about the treatment gate."""
        gate = self.treatment_gate
        return gate.unconfirmed_says if gate and gate.decided is None else None

    @property
    def open_questions(self) -> Iterator[tuple[str, OpenQuestion]]:
        """Every open question with what it stands beside, in the order of the file."""
        holders: list[tuple[str, Questioned]] = [
            ("document", self.metadata), ("entry", self.entry),
            *([("flow", self.flow)] if self.flow else []),
            *((section.id, section) for section in self.sections),
            *((order.id, order) for order in self.orders),
            *((choice.id, choice) for choice in self.choices),
            *((one.id, one) for one in self.criteria),
            *((gate.id, gate) for gate in self.gates),
        ]  # fmt: skip
        for name, holder in holders:
            for question in holder.open_questions:
                yield name, question

    @property
    def unmentioned(self) -> list[str]:
        """The orders that families should hear of, and that no printed paragraph speaks of."""
        heard = {
            name
            for paragraph in (self.leaflet.paragraphs if self.leaflet else ())
            if self.leaflet and self.leaflet.printed(paragraph)
            for name in paragraph.speaks_of
        }
        wanted = (order.id for order in self.orders if order.families_should_hear == "yes")
        return [name for name in wanted if name not in heard]

    def supplement(self, name: str) -> Supplement:
        """The supplement of that id; the model has checked that it exists."""
        return next(one for one in self.supplements if one.id == name)

    def in_force(self, origin: Origin) -> bool:
        """Whether a value of this origin may stand on an order: a proposed supplement may not."""
        if origin.kind != "supplement":
            return True
        return all(self.supplement(name).state == "accepted" for name in origin.ids)

    def settled(self, stated: Stated[ValueT]) -> ValueT | None:
        """The value if it is set and in force; None means that NOT SET is printed."""
        if stated.value is None or stated.from_ is None or not self.in_force(stated.from_):
            return None
        return stated.value
