"""A resource of the catalogue in the words of DCAT 3.

Data are datasets, component services data services; infrastructure and applications, for which DCAT has no word, are
resources with a class of ours beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from ucs_core.cli.dcat.vocabulary import ACCESS_RIGHT, ADMS, DCAT, FREQUENCIES, GEO, LANGUAGE, LOCN, UCS, VCARD
from ucs_sdk.vocabulary import DependencyRelation, OpenType, ResourceKind, ShareType

Triple = tuple[Node, URIRef, Node]
Facts = Iterator[Triple]
Line = Mapping[str, Any]

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")

_CLASSES: Mapping[str, tuple[URIRef, URIRef, URIRef | None]] = {
    ResourceKind.DATA.value: (DCAT.Dataset, DCAT.dataset, None),
    ResourceKind.COMPONENT.value: (DCAT.DataService, DCAT.service, None),
    ResourceKind.INFRASTRUCTURE.value: (DCAT.Resource, DCAT.resource, UCS.Infrastructure),
    ResourceKind.APPLICATION.value: (DCAT.Resource, DCAT.resource, UCS.Application),
}
"""By kind: the class, how the catalogue leads to it, and the class of ours."""


def catalogue_of(base: str) -> list[Triple]:
    """The catalogue itself."""
    catalogue = URIRef(f"{base}catalogue")
    return [
        (catalogue, RDF.type, DCAT.Catalog),
        (catalogue, DCTERMS.title, Literal("通用能力服务平台资源目录", lang="zh")),
        (catalogue, DCTERMS.title, Literal("Catalogue of the Universal Capability Service", lang="en")),
        (catalogue, DCTERMS.description, Literal("城市数字资源目录。", lang="zh")),
        (catalogue, DCTERMS.description, Literal("The digital resources of a city.", lang="en")),
    ]


def triples_of(line: Line, base: str) -> list[Triple]:
    """A resource, as a line of an export with its card has it."""
    subject = URIRef(f"{base}resources/{line['id']}")
    kind, leads, ours = _CLASSES[line["kind"]]
    facts: list[Triple] = [(subject, RDF.type, kind), (URIRef(f"{base}catalogue"), leads, subject)]
    facts += [(subject, RDF.type, ours)] if ours else []
    for part in (_card, _rights, _coverage, _people, _links):
        facts += part(subject, line, base)
    if line["kind"] == ResourceKind.DATA.value:
        facts += _distribution(subject, line)
    if line["kind"] == ResourceKind.COMPONENT.value:
        facts += _service(subject, line, base)
    return facts


def _card(subject: URIRef, line: Line, base: str) -> Facts:
    content = line["content"]
    yield from _texts(subject, DCTERMS.title, content["title"])
    yield from _texts(subject, DCTERMS.description, content["summary"])
    yield subject, DCTERMS.identifier, Literal(line["code"])
    yield subject, DCTERMS.type, UCS[f"type/{quote(line['type'])}"]
    for tag in content.get("tags", ()):
        vocabulary, colon, word = tag.partition(":")
        if colon and vocabulary and word:
            yield subject, DCAT.theme, URIRef(f"{base}vocabularies/{quote(vocabulary)}/{quote(word)}")
        yield subject, DCAT.keyword, Literal(tag, lang="zh" if _HAN.search(tag) else "en")
    if classified := content.get("classification"):
        yield from _labelled(subject, DCTERMS.subject, SKOS.Concept, SKOS.prefLabel, classified)
    issued = content.get("issued_on")
    yield subject, DCTERMS.issued, _date(issued) if issued else _moment(line["created_at"])
    yield subject, DCTERMS.modified, _moment(line["updated_at"])
    yield subject, DCAT.version, Literal(str(line["revision"]))
    yield subject, DCTERMS.language, LANGUAGE.ZHO
    if content["title"]["en"] != content["title"]["zh"]:
        yield subject, DCTERMS.language, LANGUAGE.ENG
    yield subject, DCTERMS.accrualPeriodicity, FREQUENCIES[content["update_cycle"]]
    for standard in content.get("conforms_to", ()):
        yield from _labelled(subject, DCTERMS.conformsTo, DCTERMS.Standard, DCTERMS.title, standard)
    yield subject, ADMS.status, UCS[f"availability/{line['availability']}"]
    if content.get("synthetic"):
        yield subject, UCS.synthetic, Literal("true", datatype=XSD.boolean, normalize=False)


def _rights(subject: URIRef, line: Line, base: str) -> Facts:
    content = line["content"]
    if content["open_type"] == OpenType.UNCONDITIONAL.value:
        right = ACCESS_RIGHT.PUBLIC
    elif content["share_type"] == ShareType.NONE.value:
        right = ACCESS_RIGHT.NON_PUBLIC
    else:
        right = ACCESS_RIGHT.RESTRICTED
    yield subject, DCTERMS.accessRights, right
    yield subject, UCS.shareType, UCS[f"share-type/{content['share_type']}"]
    yield subject, UCS.openType, UCS[f"open-type/{content['open_type']}"]
    yield subject, UCS.dataLevel, UCS[f"data-level/{content['data_level']}"]
    for name in ("share_condition", "denial_basis", "open_condition"):
        if said := content.get(name):
            yield from _labelled(subject, DCTERMS.rights, DCTERMS.RightsStatement, RDFS.label, said)
    if source := content.get("source"):
        yield from _labelled(subject, DCTERMS.provenance, DCTERMS.ProvenanceStatement, RDFS.label, source)


def _coverage(subject: URIRef, line: Line, base: str) -> Facts:
    content = line["content"]
    region, point, footprint = content.get("region_code"), content.get("location"), content.get("footprint")
    if region or point or footprint:
        place = BNode()
        yield subject, DCTERMS.spatial, place
        yield place, RDF.type, DCTERMS.Location
        if region:
            yield place, DCTERMS.identifier, Literal(region)
        if point:
            text = f"POINT({point['longitude']} {point['latitude']})"
            yield place, DCAT.centroid, Literal(text, datatype=GEO.wktLiteral, normalize=False)
        if footprint:
            yield place, LOCN.geometry, Literal(json.dumps(footprint), datatype=GEO.geoJSONLiteral, normalize=False)
    if window := content.get("temporal"):
        period = BNode()
        yield subject, DCTERMS.temporal, period
        yield period, RDF.type, DCTERMS.PeriodOfTime
        for name, word in (("start", DCAT.startDate), ("end", DCAT.endDate)):
            if window.get(name):
                yield period, word, _date(window[name])


def _people(subject: URIRef, line: Line, base: str) -> Facts:
    publisher = URIRef(f"{base}organizations/{quote(line['owner'])}")
    yield subject, DCTERMS.publisher, publisher
    yield publisher, RDF.type, FOAF.Organization
    yield publisher, DCTERMS.identifier, Literal(line["owner"])
    if line["owner_title"]:
        yield from _texts(publisher, FOAF.name, line["owner_title"])
    else:
        yield publisher, FOAF.name, Literal(line["owner"])
    if code := line["content"].get("provider_code"):
        yield subject, UCS.providerCode, Literal(code)
    if contact := line["content"].get("contact"):
        yield from _labelled(subject, DCAT.contactPoint, VCARD.Kind, VCARD.fn, contact)


def _links(subject: URIRef, line: Line, base: str) -> Facts:
    for link in line["content"].get("dependencies", ()):
        yield subject, DCTERMS.requires, URIRef(f"{base}{link['target']}")


def _distribution(subject: URIRef, line: Line) -> Facts:
    form = line["content"].get("format")
    if form is None:
        return
    handed = BNode()
    yield subject, DCAT.distribution, handed
    yield handed, RDF.type, DCAT.Distribution
    # Where it is had is told to those who ask the catalogue for it.
    yield handed, DCAT.accessURL, subject
    yield from _labelled(handed, DCTERMS.format, DCTERMS.MediaTypeOrExtent, RDFS.label, form)


def _service(subject: URIRef, line: Line, base: str) -> Facts:
    path = (line["content"].get("spec") or {}).get("path")
    reachable = isinstance(path, str) and base.startswith("http")
    yield subject, DCAT.endpointURL, URIRef(base + quote(str(path).lstrip("/"), safe="/")) if reachable else subject
    for link in line["content"].get("dependencies", ()):
        if link["relation"] == DependencyRelation.READS.value:
            yield subject, DCAT.servesDataset, URIRef(f"{base}{link['target']}")


def _texts(subject: Node, predicate: URIRef, said: Mapping[str, str]) -> Facts:
    yield subject, predicate, Literal(said["zh"], lang="zh")
    # Where nobody has translated it, the Chinese stands in the English's place, and is no English.
    if said["en"] != said["zh"]:
        yield subject, predicate, Literal(said["en"], lang="en")


def _labelled(subject: Node, predicate: URIRef, kind: URIRef, word: URIRef, text: str) -> Facts:
    node = BNode()
    yield subject, predicate, node
    yield node, RDF.type, kind
    yield node, word, Literal(text)


def _date(text: str) -> Literal:
    return Literal(text, datatype=XSD.date, normalize=False)


def _moment(text: str) -> Literal:
    return Literal(text, datatype=XSD.dateTime, normalize=False)
