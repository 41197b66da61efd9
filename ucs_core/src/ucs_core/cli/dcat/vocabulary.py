"""The words of DCAT 3 and its neighbours, and ours for what they have no word for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from rdflib import BNode, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from ucs_sdk.vocabulary import UpdateCycle

DCAT = Namespace("http://www.w3.org/ns/dcat#")
"""DCAT 3: the library's own list is of DCAT 2."""

ADMS = Namespace("http://www.w3.org/ns/adms#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
UCS = Namespace("urn:ucs:terms/")
"""The platform's own words: availability, share type, open type, level, and that a record is made up."""

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "dcat": str(DCAT),
        "dct": str(DCTERMS),
        "foaf": str(FOAF),
        "rdf": str(RDF),
        "rdfs": str(RDFS),
        "skos": str(SKOS),
        "xsd": str(XSD),
        "adms": str(ADMS),
        "geo": str(GEO),
        "locn": str(LOCN),
        "vcard": str(VCARD),
        "ucs": str(UCS),
    }
)

ACCESS_RIGHT = Namespace("http://publications.europa.eu/resource/authority/access-right/")
FREQUENCY = Namespace("http://publications.europa.eu/resource/authority/frequency/")
LANGUAGE = Namespace("http://publications.europa.eu/resource/authority/language/")
"""Authority tables of the EU Publications Office, which DCAT-AP recommends."""

FREQUENCIES: Mapping[str, URIRef] = MappingProxyType(
    {
        UpdateCycle.REALTIME.value: FREQUENCY["UPDATE_CONT"],
        UpdateCycle.HOURLY.value: FREQUENCY["HOURLY"],
        UpdateCycle.DAILY.value: FREQUENCY["DAILY"],
        UpdateCycle.WEEKLY.value: FREQUENCY["WEEKLY"],
        UpdateCycle.MONTHLY.value: FREQUENCY["MONTHLY"],
        UpdateCycle.QUARTERLY.value: FREQUENCY["QUARTERLY"],
        UpdateCycle.HALF_YEARLY.value: FREQUENCY["ANNUAL_2"],
        UpdateCycle.YEARLY.value: FREQUENCY["ANNUAL"],
        UpdateCycle.IRREGULAR.value: FREQUENCY["IRREG"],
        UpdateCycle.NEVER.value: FREQUENCY["NEVER"],
    }
)


def short(node: Node) -> str:
    """A node as Turtle writes it, with a prefix where that is possible."""
    if isinstance(node, URIRef):
        return _short_name(str(node))
    if isinstance(node, Literal) and node.datatype is not None:
        return f"{Literal(str(node)).n3()}^^{_short_name(str(node.datatype))}"
    return node.n3()


@cache
def _words() -> Mapping[str, str]:
    return {iri: name for name, iri in PREFIXES.items()}


# Few words occur again and again; the names of resources do not, and must not fill the memory.
@lru_cache(maxsize=256)
def _short_name(iri: str) -> str:
    at = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix, local = _words().get(iri[:at]), iri[at:]
    return f"{prefix}:{local}" if prefix and local.isascii() and local.isalnum() else URIRef(iri).n3()


def node_id(node: Node) -> str:
    """What a node is called in JSON-LD."""
    return f"_:{node}" if isinstance(node, BNode) else str(node)


# JSON-LD holds whatever a literal is.
def node_value(predicate: Node, value: Node) -> tuple[str, Any]:
    """A fact as a key and a value of JSON-LD."""
    if predicate == RDF.type:
        return "@type", str(value)
    key = _short_name(str(predicate))
    if not isinstance(value, Literal):
        return key, {"@id": node_id(value)}
    told: dict[str, str] = {"@value": str(value)}
    if value.language:
        told["@language"] = value.language
    elif value.datatype is not None:
        told["@type"] = str(value.datatype)
    return key, told
