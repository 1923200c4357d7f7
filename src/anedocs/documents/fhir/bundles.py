"""The resources as files: two Bundles and a FHIR package that is the same bytes each time.

Source: EHR reference, sections 2.1 and 11.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from anedocs.documents.ehr.address import turned_round
from anedocs.documents.ehr.export import Export
from anedocs.documents.fhir.exact_json import dumps
from anedocs.documents.fhir.identity import FHIR_VERSION, Resource


def transaction(resources: Sequence[Resource]) -> Resource:
    """For import: each resource is created, or replaced where its url and version are known.

    Why no id: the server keeps its own, so a second import changes nothing.
    """
    members = []
    for resource in resources:
        kind, known = resource["resourceType"], f"{resource['url']}|{resource['version']}"
        where = f"{kind}?url={quote(resource['url'], safe='')}&version={quote(resource['version'])}"
        members.append(
            {
                "fullUrl": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, known)}",
                "resource": {name: part for name, part in resource.items() if name != "id"},
                "request": {"method": "PUT", "url": where},
            }
        )
    return {"resourceType": "Bundle", "type": "transaction", "entry": members}


def collection(export: Export, resources: Sequence[Resource]) -> Resource:
    """For people and knowledge repositories: everything in one file; no server imports it."""
    members = [{"fullUrl": one["url"], "resource": one} for one in resources]
    return {
        "resourceType": "Bundle", "id": export.id("collection"), "type": "collection",
        "entry": members,
    }  # fmt: skip


def file_name(resource: Resource) -> str:
    """The name under which a resource lies in the package."""
    return f"{resource['resourceType']}-{resource['id']}.json"


def package_name(export: Export) -> str:
    """The name of the FHIR package, such as org.example.fever.order-set."""
    return ".".join([turned_round(export.base), export.orderset.id, "order-set"])


def npm_package(
    export: Export, resources: Sequence[Resource], written: Mapping[str, bytes]
) -> bytes:
    """The FHIR package (.tgz): every resource as it was written, with its index."""
    orderset = export.orderset
    described = {
        "name": package_name(export),
        "version": export.version,
        "canonical": export.base,
        "url": export.base,
        "title": orderset.title,
        "description": f"{orderset.population}. {export.edition.status.mark or ''}".strip(),
        "author": orderset.metadata.institution or "not stated",
        "type": "IG",
        "fhirVersions": [FHIR_VERSION],
        "dependencies": {"hl7.fhir.r4.core": FHIR_VERSION},
        "jurisdiction": "http://unstats.un.org/unsd/methods/m49/m49.htm#001",
        "date": orderset.revisions[0].date.strftime("%Y%m%d000000"),
    }
    index = {"index-version": 2, "files": [_indexed(one) for one in resources]}
    files = {
        "package/package.json": dumps(described),
        "package/.index.json": dumps(index),
        **{f"package/{name}": content for name, content in written.items()},
    }
    return _packed(files)


def _indexed(resource: Resource) -> Resource:
    form = {"filename": file_name(resource)}
    wanted = ("resourceType", "id", "url", "version", "kind")
    return {**form, **{name: resource[name] for name in wanted if name in resource}}


def _packed(files: dict[str, bytes]) -> bytes:
    """A gzipped tar: sorted, no clock, no owner, and the same by every version of Python."""
    plain, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    with gzip.GzipFile("", "wb", compresslevel=6, fileobj=packed, mtime=0) as file:
        file.write(plain.getvalue())
    return packed.getvalue()
