"""Does a finished FHIR package keep the rules? HL7's schema of R4 first, then L01 to L22.

They judge the program, so they stand among its tests. Source: EHR reference, section 5.2. Works on
the finished files alone, as a receiver would.
"""

import base64
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema

from anedocs.documents.fhir.dosage import in_mg, maximum_of
from anedocs.edition.edition import Edition
from anedocs.sentences.order_lines import lines

#: HL7's JSON Schema of FHIR R4 4.0.1 (CC0), cut to the resources that we make and what they hold.
SCHEMA = Path(__file__).parents[1] / "documents" / "ehr" / "fhir-r4.schema.json.gz"
BUNDLES = {"bundle-transaction.json": "transaction", "bundle-collection.json": "collection"}
UCUM_CODES = frozenset({"mg/kg", "mg", "g", "kg", "d", "mL", "h", "min"})
_UCUM = "http://unitsofmeasure.org"
#: Codes under an extensible binding, or of our own choice, that we write: system to codes.
_KNOWN_CODES = {
    "http://terminology.hl7.org/CodeSystem/plan-definition-type": {"order-set"},
    "http://terminology.hl7.org/CodeSystem/library-type": {"logic-library"},
    "http://terminology.hl7.org/CodeSystem/usage-context-type": {"focus"},
    "http://terminology.hl7.org/CodeSystem/dose-rate-type": {"calculated"},
}
_CPT = "http://www.ama-assn.org/go/cpt"
_DOSE_IN_WORDS = re.compile(r"[0-9] ?(?:mg|g|mcg|mL)\b")
_MAXIMUM_IN_WORDS = re.compile(r"maximum [^;]*")
_TRAILING_ZERO = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]*0(?![0-9.])")
_MARKUP = re.compile(r"<\s*[/!A-Za-z]")
_POINTER = re.compile(r"(?:definitionCanonical|library\[[0-9]+\]|reference)$")
_ACTION = re.compile(r"(?:^|\.)action\[[0-9]+\]$")
_NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,254}")
#: Elements that hold a text for people; a citation is quoted as it was published.
_SENTENCE = re.compile(
    r"(?:^|\.)(?:title|description|usage|text|textEquivalent|display|label|documentation)$"
)
#: Elements of R4 that we never write: each would say more than is known, or is not needed.
_WORDS = {
    "kind": ("MedicationRequest", "ServiceRequest", "applicability"),
    "priority": ("routine", "urgent", "asap", "stat"),
    "path": ("dosageInstruction", "code"),
}
_PLAIN_DIV = re.compile(r"<div xmlns=\"http://www.w3.org/1999/xhtml\">(<p>[^<>]*</p>)+</div>")
_NEVER_WRITTEN = ("comparator", "input", "output", "extension", "modifierExtension", "contained")
_CANONICAL = re.compile(r"https?://[^|\s]+/[A-Z][A-Za-z]+/[A-Za-z0-9\-.]+\|[0-9]+(\.[0-9]+)*")

Resource = Mapping[str, Any]


class Parts(NamedTuple):
    """What stands in the single resources: file name, place in it, and the thing itself."""

    tables: list[tuple[str, str, Mapping[str, Any]]]
    texts: list[tuple[str, str, str]]

    def take(self, name: str, node: Any, where: str = "") -> None:
        """Take in a resource, or a part of one, with all that is in it."""
        if isinstance(node, str):
            self.texts.append((name, where, node))
        elif isinstance(node, dict):
            self.tables.append((name, where, node))
            for key, member in node.items():
                self.take(name, member, f"{where}.{key}" if where else key)
        elif isinstance(node, list):
            for number, member in enumerate(node):
                self.take(name, member, f"{where}[{number}]")


class Package(NamedTuple):
    """The FHIR files of a package as they were read."""

    files: Mapping[str, bytes]
    resources: Mapping[str, Resource]
    """The single resources, by file name."""
    bundles: Mapping[str, Resource]
    edition: Edition
    cql: str
    """The text of the Library."""
    parts: Parts


Found = Iterator[tuple[str, str, str]]


def _of_kind(package: Package, kind: str) -> Iterator[tuple[str, Resource]]:
    return ((n, one) for n, one in package.resources.items() if one["resourceType"] == kind)


def _actions(package: Package) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    plans = {name for name, _ in _of_kind(package, "PlanDefinition")}
    for name, at, table in package.parts.tables:
        if name in plans and _ACTION.search(at):
            yield name, at, table


def _dose_only_in_words(package: Package) -> Found:
    for name, one in _of_kind(package, "ActivityDefinition"):
        for at, dosage in enumerate(one.get("dosage", ())):
            words = dosage["text"]
            if "maxDosePerAdministration" in dosage:  # it stands as a number too
                words = _MAXIMUM_IN_WORDS.sub("", words)
            if _DOSE_IN_WORDS.search(words) and not dosage.get("doseAndRate"):
                yield name, f"dosage[{at}]", "a dose stands in the text and not as a number"
        product = one.get("productCodeableConcept", {}).get("text", "")
        if _DOSE_IN_WORDS.search(product):
            yield name, "productCodeableConcept.text", "a dose stands in the name of the product"


def _cap_and_basis(package: Package) -> Found:
    """The structured dose says what the order set says: basis and maximum."""
    known = {one["identifier"][0]["value"]: (name, one)
             for name, one in _of_kind(package, "ActivityDefinition")}  # fmt: skip
    for line in lines(package.edition.orderset):
        if line.kind != "orderable" or line.drug is None or line.key not in known:
            continue
        name, one = known[line.key]
        dosage = one["dosage"][0] if one.get("dosage") else {}
        given = [part["doseQuantity"] for part in dosage.get("doseAndRate", ())]
        wanted = in_mg(line.variant.amount) if line.variant else None
        said = [(quantity["value"], quantity["code"]) for quantity in given]
        if said != ([(wanted.number, wanted.unit)] if wanted else []):
            yield name, "dosage", f"the dose is {said}, the order set says {wanted}"
        maximum = maximum_of(package.edition.orderset, line)
        cap = dosage.get("maxDosePerAdministration")
        said_cap = (cap["value"], cap["code"]) if cap else None
        if said_cap != ((maximum.to("mg").number, "mg") if maximum else None):
            yield name, "dosage", f"the maximum is {said_cap}, the order set says {maximum}"


def _units(package: Package) -> Found:
    for name, at, table in package.parts.tables:
        if {"value", "unit", "code"} <= set(table) and (
            table.get("system") != _UCUM or table["code"] not in UCUM_CODES
            or table["unit"] != table["code"]
        ):  # fmt: skip
            yield name, at, f"'{table['code']}' is not one of {', '.join(sorted(UCUM_CODES))}"


def _period_unit(package: Package) -> Found:
    for name, at, table in package.parts.tables:
        if at.endswith(".repeat") and ("period" in table) != ("periodUnit" in table):
            yield name, at, "a period needs its unit"


def _canonicals(package: Package) -> Found:
    known = {f"{one['url']}|{one['version']}" for one in package.resources.values()}
    for name, at, text in package.parts.texts:
        if _POINTER.search(at):
            if not _CANONICAL.fullmatch(text):
                yield name, at, f"'{text}' is not an address with a numeric version"
            elif text not in known:
                yield name, at, f"'{text}' is not in this package"


def _twins(package: Package) -> Found:
    for what in ("url", "name", "id"):
        counted = Counter((one["resourceType"] if what == "id" else "", one[what])
                          for one in package.resources.values())  # fmt: skip
        for (_, value), count in counted.items():
            if count > 1:
                yield "package", what, f"'{value}' is used by {count} resources"
    for name, bundle in package.bundles.items():
        urls = Counter(part["fullUrl"] for part in bundle["entry"])
        for url, count in urls.items():
            if count > 1:
                yield name, "entry.fullUrl", f"'{url}' is used {count} times"


def _names(package: Package) -> Found:
    for name, one in package.resources.items():
        if not _NAME.fullmatch(one["name"]):
            yield name, "name", f"'{one['name']}' must be letters and digits, a capital first"


def _codings(package: Package) -> Found:
    for name, at, table in package.parts.tables:
        if table.get("system") == _CPT:
            yield name, at, "CPT codes may not be shipped"
        if {"code", "display"} <= set(table) or {"code", "value"} <= set(table):
            for needed in ("system", "code"):
                if needed not in table:
                    yield name, at, f"'{needed}' is missing"


def _conditions(package: Package) -> Found:
    for name, at, table in package.parts.tables:
        if re.search(r"(?:^|\.)condition\[[0-9]+\]$", at):
            if table.get("kind") != "applicability":
                yield name, at, "a condition says of which kind it is"
            expression = table.get("expression", {})
            if expression.get("language") != "text/cql" or not expression.get("expression"):
                yield name, at, "a condition names an expression of the Library"


def _narrow(package: Package) -> Found:
    """What R4 allows, or its schema cannot say, and we write in one way alone."""
    for name, at, table in package.parts.tables:
        for odd in sorted(set(_NEVER_WRITTEN) & set(table)):
            yield name, f"{at}.{odd}", f"we never write '{odd}'"
        if len([key for key in table if key.startswith("dose") and key != "dosage"]) > 1 and (
            "doseQuantity" in table
        ):
            yield name, at, "one dose stands here, and not two"
        for key, words in _WORDS.items():
            if isinstance(table.get(key), str) and table[key] not in words:
                yield name, f"{at}.{key}", f"'{table[key]}' is not one of {', '.join(words)}"
    for name, one in package.resources.items():
        for needed in ("id", "url", "version", "name", "title", "status", "date", "description"):
            if needed not in one:
                yield name, needed, f"'{needed}' is missing"
        if not _PLAIN_DIV.fullmatch(one["text"]["div"]):
            yield name, "text.div", "it holds paragraphs of text alone"


def _profiles(package: Package) -> Found:
    for name, one in package.resources.items():
        if "meta" in one:
            yield name, "meta", "no profile is claimed that was not tried"


def _behaviours(package: Package) -> Found:
    for name, at, action in _actions(package):
        group = "action" in action
        wrong = (
            {"precheckBehavior", "requiredBehavior", "definitionCanonical"} if group
            else {"groupingBehavior", "selectionBehavior"}
        )  # fmt: skip
        for key in sorted(wrong & set(action)):
            yield name, f"{at}.{key}", f"it may not stand on a {'group' if group else 'leaf'}"
        if group and "selectionBehavior" not in action:
            yield name, at, "a group must say how many of it may be ticked"


def _priorities(package: Package) -> Found:
    known = {f"{one['url']}|{one['version']}": one.get("priority")
             for _, one in _of_kind(package, "ActivityDefinition")}  # fmt: skip
    for name, at, action in _actions(package):
        definition = action.get("definitionCanonical")
        if definition in known and known[definition] != action.get("priority"):
            yield (
                name, at,
                f"priority is {action.get('priority')} here and {known[definition]} in the "
                "ActivityDefinition",
            )  # fmt: skip


def _approval_dates(package: Package) -> Found:
    approved = package.edition.status.approved_on
    for name, one in package.resources.items():
        if "approvalDate" in one and (approved is None or one["approvalDate"] != str(approved)):
            yield name, "approvalDate", "no approval of this date is on record"


def _trailing_zeros(package: Package) -> Found:
    """In the sentences of each definition, and in every number of every file."""
    for name, at, text in package.parts.texts:
        if _SENTENCE.search(at) and (found := _TRAILING_ZERO.search(text)) is not None:
            yield name, at, f"'{found[0]}' ends in a zero"
    for name, one in {**package.resources, **package.bundles}.items():
        for number in _decimals(one):
            if "." in str(number) and str(number).endswith("0"):
                yield name, "number", f"{number} ends in a zero"


def _decimals(node: Any) -> Iterator[Decimal]:
    if isinstance(node, Decimal):
        yield node
    elif isinstance(node, dict | list):
        for member in node.values() if isinstance(node, dict) else node:
            yield from _decimals(member)


def _evidence(package: Package) -> Found:
    for name, at, action in _actions(package):
        if not action.get("documentation"):
            yield name, at, "nothing says where this is from"


def _bundle_kinds(package: Package) -> Found:
    for name, bundle in package.bundles.items():
        if bundle["type"] != BUNDLES[name]:
            yield name, "type", f"'{bundle['type']}' under a name that says {BUNDLES[name]}"
        offered = bundle["type"] == "transaction"
        for number, part in enumerate(bundle["entry"]):
            if ("request" in part) != offered:
                says = "needs a request" if offered else "is not for a server: no request"
                yield name, f"entry[{number}]", f"an entry of a {bundle['type']} {says}"
            if offered and "id" in part["resource"]:
                yield name, f"entry[{number}]", "the server gives the id"
        yield from _same_resources(package, name, bundle)


def _same_resources(package: Package, name: str, bundle: Resource) -> Found:
    """A Bundle holds just the single resources: so what is true of them is true of it."""
    kept = {one["url"]: dict(one) for one in package.resources.values()}
    for number, part in enumerate(bundle["entry"]):
        held = dict(part["resource"])
        wanted = kept.pop(held.get("url"), None)
        if wanted is not None and bundle["type"] == "transaction":
            wanted.pop("id")
        if held != wanted:
            yield name, f"entry[{number}]", "this is not the resource that lies beside the Bundle"
    for url in kept:
        yield name, "entry", f"{url} is missing"


def _expressions(package: Package) -> Found:
    defined = set(re.findall(r'^define "?([A-Za-z0-9_ ]+?)"?:', package.cql, re.MULTILINE))
    for name, at, table in package.parts.tables:
        if "expression" not in table or "language" not in table:
            continue
        if table["expression"] not in defined:
            yield name, at, f"the Library defines no '{table['expression']}'"


def _known_codes(package: Package) -> Found:
    for name, at, table in package.parts.tables:
        known = _KNOWN_CODES.get(str(table.get("system")))
        if known is not None and table.get("code") not in known:
            yield name, at, f"'{table.get('code')}' is not a code of {table['system']} that we use"


def _markup(package: Package) -> Found:
    for name, at, text in package.parts.texts:
        if not at.endswith("text.div") and _MARKUP.search(text):
            yield name, at, "markup stands in a text"


def _element_ids(package: Package) -> Found:
    ids = Counter(
        (name, table["id"]) for name, at, table in package.parts.tables if at and "id" in table
    )
    for (name, known), count in ids.items():
        if count > 1:
            yield name, known, f"{count} elements have this id"


def _import_steps(package: Package) -> Found:
    """Why: a server answers 200 to a batch of which every entry was refused."""
    readme = package.files.get("../README-IMPORT.md", b"").decode()
    if readme and "every entry" not in readme:
        yield "README-IMPORT.md", "text", "it must say that the status of every entry is read"
    if readme and re.search(r"POST\S* [^\n]*bundle-collection", readme):
        yield "README-IMPORT.md", "text", "a collection is not for a server"


#: Rule to check. The schema of R4 comes before all of them.
RULES: dict[str, Callable[[Package], Found]] = {
    "L01": _dose_only_in_words, "L02": _cap_and_basis, "L03": _units, "L04": _period_unit,
    "L05": _canonicals, "L06": _twins, "L07": _names, "L08": _codings, "L09": _behaviours,
    "L10": _conditions, "L11": _priorities, "L12": _narrow, "L13": _approval_dates,
    "L14": _trailing_zeros, "L15": _evidence, "L16": _profiles, "L17": _bundle_kinds,
    "L18": _import_steps, "L19": _expressions, "L20": _known_codes, "L21": _markup,
    "L22": _element_ids,
}  # fmt: skip


#: The kinds of resource that we make.
RESOURCES = ("ActivityDefinition", "Library", "PlanDefinition")


class Fault(NamedTuple):
    """One broken rule: the file, the place in it, the rule, and what is wrong."""

    file: str
    place: str
    rule: str
    says: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.rule}: {self.says}"


def faults(files: Mapping[str, bytes], edition: Edition) -> list[Fault]:
    """Every broken rule in the FHIR files of a package; `files` by their names in `fhir/`."""
    read: dict[str, Resource] = {}
    found = []
    for name, content in sorted(files.items()):
        if name.endswith(".json"):
            try:
                read[name] = loads(content)
            except ValueError as error:
                found.append(Fault(name, "file", "R4", f"this is no JSON: {error}"))
    bundles = {name: read.pop(name) for name in BUNDLES if name in read}
    for name, one in read.items():
        found += [Fault(name, *fault) for fault in _of_r4(one, *RESOURCES)]
    for name, one in bundles.items():
        found += [Fault(name, *fault) for fault in _of_r4(one, "Bundle")]
    if found:
        return sorted(set(found))  # the rules read only what has the shape of R4
    parts = Parts([], [])
    for name, one in read.items():
        parts.take(name, one)
    package = Package(files, read, bundles, edition, _cql(read), parts)
    for rule, check in RULES.items():
        found += [Fault(name, at, rule, says) for name, at, says in check(package)]
    return sorted(set(found))


def loads(content: bytes) -> Any:
    """A form from JSON, with every number as an exact decimal."""
    return json.loads(content, parse_float=Decimal, parse_int=Decimal)


def _of_r4(one: Any, *kinds: str) -> Found:
    kind = one.get("resourceType") if isinstance(one, dict) else None
    if kind not in kinds:
        yield str(kind), "R4", f"'{kind}' is not one of {', '.join(kinds)}"
        return
    for error in _validator(kind).iter_errors(one):
        yield error.json_path, "R4", error.message[:200]
    for _, at, member in _empty(one):
        yield at, "R4", f"{member!r} is empty"


def _empty(one: Any) -> Found:
    """Lists, objects and texts with nothing in them, which the schema lets pass."""
    parts = Parts([], [])
    parts.take("", one)
    for name, at, text in parts.texts:
        if not text.strip():
            yield name, at, text
    for name, at, table in parts.tables:
        for key, member in table.items():
            if member in ([], {}):
                yield name, f"{at}.{key}", str(member)


@cache
def _validator(kind: str) -> Any:
    schema = json.loads(gzip.decompress(SCHEMA.read_bytes()))
    schema["$ref"] = f"#/definitions/{kind}"
    for form in schema["definitions"].values():
        if "properties" in form:
            form["type"] = "object"  # HL7 says so in the prose alone
    checker = jsonschema.Draft6Validator.TYPE_CHECKER.redefine(
        "number", lambda _, given: isinstance(given, Decimal)
    )
    return jsonschema.validators.extend(jsonschema.Draft6Validator, type_checker=checker)(schema)


def _cql(resources: Mapping[str, Resource]) -> str:
    for one in resources.values():
        for part in one.get("content", ()):
            if part["contentType"] == "text/cql":
                return base64.b64decode(part["data"]).decode()
    return ""
