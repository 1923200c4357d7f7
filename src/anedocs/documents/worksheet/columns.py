"""The columns of the build worksheet: their order, their blocks, and what they hold.

Source: EHR reference, section 9.1. Files of earlier revisions and maps of sites know them by these
names, so a name is never changed and the order is kept.
"""

from __future__ import annotations

from typing import NamedTuple

NOT_STATED = "NOT STATED"
#: The key of the row that says which edition the table is, and that it is a draft.
EDITION = "edition"
BUILD_STATUS = ("READY", "NEEDS_LOCAL_DOSE", "NEEDS_LOCAL_ORDERABLE", "TEXT_ONLY")
#: What a site writes into its own copy; of ours, only a record id from site.yaml stands there.
LOCAL = ("local_record_id", "local_build_notes", "tested_by", "tested_on")


class Column(NamedTuple):
    """One column: its name for software, its title for people, and what it holds."""

    name: str
    title: str
    holds: str
    number: bool = False


class Block(NamedTuple):
    """Columns that belong together."""

    title: str
    columns: tuple[Column, ...]


BLOCKS = (
    Block("Which line", (
        Column("order_set_id", "Order set", "Id of the order set"),
        Column("order_set_version", "Revision", "Revision that the row is from; a text"),
        Column("row_key", "Row key",
               "The key: stable over revisions, never reused, no number of a row. Look up by it"),
        Column("section_seq", "Section no.", "Place of the section", True),
        Column("section_title", "Section", "Title of the section"),
        Column("item_seq", "Line no.", "Place of the line in its section", True),
        Column("row_type", "Kind of row", "orderable, choice_header, note or placeholder"),
        Column("order_type", "Kind of order",
               "medication, lab, imaging, consult or procedure; empty on notes and headers"),
        Column("display_name", "Name", "What stands on the line"),
        Column("generic_name", "Drug", "Generic name; tall man letters as in the order set"),
        Column("synonyms", "Also called", "Short names, separated by a semicolon"),
    )),
    Block("Dose", (
        Column("dose_basis", "Basis",
               "per_kg, fixed, not_stated (the guideline gives no dose), n/a (no drug)"),
        Column("dose_value", "Dose", "The figure of the dose; empty where none is stated", True),
        Column("dose_unit_ucum", "Unit", "UCUM: mg/kg or mg"),
        Column("max_single_dose_value", "Maximum",
               "Most that is given at once; empty where no maximum is stated: add none", True),
        Column("max_single_dose_unit", "Unit", "UCUM: mg"),
        Column("min_weight_kg_inclusive", "From kg",
               "Lower end of the band; it belongs to the band unless 'Only if' says otherwise",
               True),
        Column("max_weight_kg_exclusive", "Below kg",
               "Upper end of the band; it does not belong to it unless 'Only if' says otherwise",
               True),
    )),
    Block("Route and frequency", (
        Column("route", "Route", f"Route of a drug; {NOT_STATED} where the guideline gives none"),
        Column("frequency_text", "How often", f"In words; {NOT_STATED} where it gives none"),
        Column("freq_n", "Times", "So many times in each period; empty if words alone say it",
               True),
        Column("freq_period", "in each", "Length of the period", True),
        Column("freq_period_unit", "Unit", "UCUM: d or h"),
        Column("duration_value", "For", "How long", True),
        Column("duration_unit", "Unit", "UCUM: d, h or min"),
        Column("dose_count", "Doses", "1 for a drug that is given once", True),
        Column("concentration", "Concentration", f"{NOT_STATED}: the guideline gives none"),
        Column("infusion_time", "Infusion time", f"{NOT_STATED} where the guideline gives none"),
        Column("prn", "PRN", "N: no drug of the order set is given as needed"),
    )),
    Block("How the line behaves", (
        Column("priority", "Priority", "stat, urgent or routine; empty where none is stated"),
        Column("default_selected", "Ticked",
               "Y: ticked when the order set opens (STAT and without a condition); N: not"),
        Column("required_level", "Required",
               "must-unless-documented, could (the guideline says: consider), or empty"),
        Column("selection_group", "Group", "Row key of the choice_header it belongs to"),
        Column("selection_rule", "Choose",
               "How many lines of the group may be ticked: any, exactly-one or at-most-one"),
        Column("condition_text", "Only if", "What must hold; weights of a band in words"),
        Column("approval_required", "Approval", "Whose approval is needed first"),
        Column("performed_by", "Placed by", "Who places the order; empty where nobody is named"),
        Column("order_comments", "Order comments",
               "The order in one sentence; NOT SET marks what must be decided before it is built"),
    )),
    Block("Codes", (
        Column("code_system", "Terminology", "Address of the terminology"),
        Column("code", "Code", "A text: leading zeros and check digits stay"),
        Column("code_display", "Published name", "Name of the code as published"),
        Column("code_status", "Code status",
               "verified; candidate (known but not verified, so not shipped: ask); none"),
    )),
    Block("Evidence", (
        Column("evidence_section", "Part", "Part of the order set"),
        Column("evidence_quote", "What the source says", "In our own words, no verbatim text"),
        Column("evidence_refs", "Statements", "Ids of the statements, lines of the guideline"),
        Column("fhir_canonical", "FHIR", "The same line in the FHIR package; orderables only"),
    )),
    Block("Your build", (
        Column("build_status", "Build status",
               f"{', '.join(BUILD_STATUS)}; change it as the build goes on"),
        Column("local_record_id", "Your record id", "Id of the record in your EHR"),
        Column("local_build_notes", "Your notes", "Free for you"),
        Column("tested_by", "Tested by", "Who has tested the line as built"),
        Column("tested_on", "Tested on", "On which day"),
    )),
)  # fmt: skip
COLUMNS = tuple(column for block in BLOCKS for column in block.columns)
NAMES = tuple(column.name for column in COLUMNS)
#: The columns that hold a number or nothing.
NUMBERS = frozenset(column.name for column in COLUMNS if column.number)
