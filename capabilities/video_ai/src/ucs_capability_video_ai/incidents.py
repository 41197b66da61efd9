"""Many pictures of one thing are one incident: in time by camera and label, in space with what other cameras see near by.

Pure functions. All figures of `Rules` are assumptions of this project, which an administrator may set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ucs_capability_video_ai.precision import Verdict
from ucs_sdk.vocabulary import Term

EVIDENCE_MOST = 6
"""How many snapshots an incident keeps: the first, and the last ones."""

CAMERAS_MOST = 8
"""How many cameras an incident names."""

HITS_MOST = 16
"""How many findings are remembered of one camera and label before there is an incident."""


class IncidentState(Term):
    """Where the life of an incident stands."""

    OPEN = "open", "进行中", "It goes on"
    OVER = "over", "已结束", "It is over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes an incident."""

    hits: int = 2
    within: timedelta = timedelta(minutes=10)
    quiet: timedelta = timedelta(minutes=30)
    near_metres: float = 60.0
    vetoed: timedelta = timedelta(hours=24)
    least_confidence: float = 0.5


class Record(BaseModel):
    """What is kept; fields of later versions are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Incident(Record):
    """A thing that cameras see."""

    id: str
    label: str
    algorithm: str
    camera: str
    cameras: tuple[str, ...]
    longitude: float | None
    latitude: float | None
    region: str
    began_at: AwareDatetime
    seen_at: AwareDatetime
    pictures: int
    confidence: float
    box: tuple[float, float, float, float]
    evidence: tuple[str, ...] = ()
    state: IncidentState = IncidentState.OPEN
    verdict: Verdict | None = None
    judged_by: str = ""
    """`person` or `case`; a person's word outweighs what became of a case."""

    counted: Verdict | None = None
    """The verdict that the tallies hold."""

    muted: bool = False
    """Whether nobody was told, for the algorithm is too often wrong at this camera."""

    case: str = ""
    case_state: str = ""
    synthetic: bool = False


class Sight(Record):
    """What one camera has seen of one label: findings that are no incident yet, and the incident they belong to."""

    hits: tuple[AwareDatetime, ...] = ()
    evidence: tuple[str, ...] = ()
    incident: str = ""
    number: int = 0
    vetoed_until: AwareDatetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A detection with the place and time of its picture."""

    camera: str
    label: str
    algorithm: str
    confidence: float
    box: tuple[float, float, float, float]
    at: datetime
    longitude: float | None
    latitude: float | None
    region: str
    evidence: tuple[str, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a finding has changed: the sight, the incident if there is one, whether it has just begun or another camera joined."""

    sight: Sight
    incident: Incident | None = None
    began: bool = False
    joined: bool = False


def goes_on(incident: Incident | None, at: datetime, rules: Rules) -> bool:
    """Whether a finding of this time still belongs to an incident."""
    return incident is not None and incident.state is IncidentState.OPEN and at - incident.seen_at < rules.quiet


def after_finding(sight: Sight, own: Incident | None, near: Incident | None, finding: Finding, rules: Rules) -> Step:
    """What a finding makes of what was known: `own` is the sight's incident, `near` another camera's close by.

    A finding that is not sure enough, that is vetoed, or that is older than what is known already, changes nothing.
    """
    quiet = sight.vetoed_until is not None and finding.at < sight.vetoed_until
    if quiet or finding.confidence < rules.least_confidence:
        return Step(sight=sight)
    if own is not None and goes_on(own, finding.at, rules):
        return _seen_again(sight, own, finding)
    hits = tuple(each for each in sight.hits if finding.at - rules.within < each)
    if finding.at in hits:
        return Step(sight=sight)
    hits = (*hits, finding.at)[-HITS_MOST:]
    evidence = (*sight.evidence, *finding.evidence)[-EVIDENCE_MOST:]
    if near is not None and goes_on(near, finding.at, rules):
        joined = sight.model_copy(update={"hits": (), "evidence": (), "incident": near.id})
        return Step(sight=joined, incident=_merged(near, finding), joined=finding.camera not in near.cameras)
    if len(hits) < rules.hits:
        return Step(sight=sight.model_copy(update={"hits": hits, "evidence": evidence}))
    return _begun(sight, finding, hits, evidence)


def _begun(sight: Sight, finding: Finding, hits: tuple[datetime, ...], evidence: tuple[str, ...]) -> Step:
    number = sight.number + 1
    incident = Incident(
        id=f"{finding.camera}.{finding.label}.{number}",
        label=finding.label,
        algorithm=finding.algorithm,
        camera=finding.camera,
        cameras=(finding.camera,),
        longitude=finding.longitude,
        latitude=finding.latitude,
        region=finding.region,
        began_at=min(hits),
        seen_at=max(hits),
        pictures=len(hits),
        confidence=finding.confidence,
        box=finding.box,
        evidence=evidence,
        synthetic=finding.synthetic,
    )
    after = sight.model_copy(update={"hits": (), "evidence": (), "incident": incident.id, "number": number})
    return Step(sight=after, incident=incident, began=True)


def _seen_again(sight: Sight, own: Incident, finding: Finding) -> Step:
    if finding.at <= own.seen_at:
        return Step(sight=sight)
    return Step(sight=sight, incident=_merged(own, finding))


def _merged(incident: Incident, finding: Finding) -> Incident:
    cameras = incident.cameras
    if finding.camera not in cameras and len(cameras) < CAMERAS_MOST:
        cameras = (*cameras, finding.camera)
    known = (*incident.evidence, *finding.evidence)
    evidence = known if len(known) <= EVIDENCE_MOST else (known[0], *known[1 - EVIDENCE_MOST :])
    return incident.model_copy(
        update={
            "cameras": cameras,
            "seen_at": max(incident.seen_at, finding.at),
            "pictures": incident.pictures + 1,
            "confidence": max(incident.confidence, finding.confidence),
            "evidence": evidence,
        }
    )


def after_time(incident: Incident, now: datetime, rules: Rules) -> Incident:
    """An incident that nobody has seen for long is over."""
    if incident.state is IncidentState.OPEN and now - incident.seen_at >= rules.quiet:
        return incident.model_copy(update={"state": IncidentState.OVER})
    return incident


def after_verdict(incident: Incident, verdict: Verdict, by: str) -> Incident:
    """An incident of which somebody has said whether it is so; what is not so is over."""
    if incident.judged_by == "person" and by != "person":
        return incident
    state = IncidentState.OVER if verdict is Verdict.WRONG else incident.state
    return incident.model_copy(update={"verdict": verdict, "judged_by": by, "state": state})


def vetoed(sight: Sight, incident: Incident, now: datetime, rules: Rules) -> Sight:
    """What a camera makes of the same label after somebody said that it was nothing: it is quiet for a while."""
    until = now + rules.vetoed if incident.verdict is Verdict.WRONG else None
    return sight.model_copy(update={"hits": (), "evidence": (), "vetoed_until": until})
