"""Taking in an assessment: under whose authority, on which evidence, once however often it is handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from ucs_capability_civic_creation import outputs, refusals
from ucs_capability_civic_creation.assessing import Evidence, Result
from ucs_capability_civic_creation.events import FOUND, Found
from ucs_capability_civic_creation.indicator_tree import CheckItem, Tree
from ucs_capability_civic_creation.inputs import EVIDENCE_IN_ALL
from ucs_capability_civic_creation.records import ASSESSMENTS, FILES, AssessmentRecord, FileRecord
from ucs_capability_civic_creation.vocabulary import EvidenceKind
from ucs_sdk import Invalid, Unit


def assessment_id(organization: str, reference: str) -> str:
    """The id of what an organisation hands in under a reference."""
    return hashlib.sha256(f"{organization}\n{reference}".encode()).hexdigest()[:24]


def rectification_id(assessment: str, item: str) -> str:
    """The id of what has to be rectified after an assessment."""
    return f"{assessment}.{item}"


def items_asked(tree: Tree, codes: Sequence[str], kind: EvidenceKind, point_type: str = "") -> list[CheckItem]:
    """The items of results, each once and all of the kind that is assessed. Raises Invalid for the first that is not."""
    found: list[CheckItem] = []
    for place, code in enumerate(codes):
        item = tree.items[code][1] if code in tree.items else None
        if item is None or item.evidence is not kind or item.point_type != point_type:
            raise refusals.item_wrong(code, "该版本没有此项，或不适用于该对象", "the edition does not have it here")
        if code in codes[:place]:
            raise refusals.item_wrong(code, "重复出现", "it is there twice")
        found.append(item)
    return found


async def evidence_of(unit: Unit, organization: str, digests: Iterable[str]) -> None:
    """Check that the organisation has handed in these files. Raises NotFound for the first that it has not."""
    wanted = list(dict.fromkeys(digests))
    if len(wanted) > EVIDENCE_IN_ALL:
        raise Invalid.saying(
            "EVIDENCE_TOO_MUCH",
            zh="一次测评最多 {most} 个佐证文件。",
            en="An assessment has {most} files at the most.",
            most=EVIDENCE_IN_ALL,
        )
    files = unit.documents(FILES, FileRecord)
    for digest in wanted:
        if await files.get(file_key(digest, organization)) is None:
            raise refusals.unknown("已提交的佐证文件", "file that was handed in", digest)


def file_key(digest: str, organization: str) -> str:
    """Under which key it is kept that an organisation has handed in a file."""
    return f"{digest}.{organization}"


def resting_on(digests: Iterable[str]) -> tuple[Evidence, ...]:
    """Files as evidence, each once."""
    return tuple(Evidence(digest=each) for each in dict.fromkeys(digests))


async def handed_in_before(unit: Unit, id: str, content: str, reference: str) -> outputs.Assessed | None:
    """The answer of the first time when the same is handed in again. Raises AlreadyExists for something else."""
    held = await unit.documents(ASSESSMENTS, AssessmentRecord).get(id)
    if held is None:
        return None
    if held.body.content != content:
        raise refusals.reference_used(reference)
    return assessed(held.body)


def keep(unit: Unit, record: AssessmentRecord, organization: str) -> outputs.Assessed:
    """Keep an assessment, and have its problems rectified."""
    unit.documents(ASSESSMENTS, AssessmentRecord).put(record.id, record, organization=organization)
    for each in record.results:
        if each.problems:
            unit.emit(FOUND, Found(assessment=record.id, item=each.item), subject=record.target)
    return assessed(record)


def assessed(record: AssessmentRecord) -> outputs.Assessed:
    """What an assessment has come to."""
    return outputs.Assessed(
        assessment=record.id,
        problems=sum(each.problems for each in record.results),
        rectifications=tuple(rectification_id(record.id, each.item) for each in record.results if each.problems),
    )


def is_flawed(results: Iterable[Result]) -> bool:
    """Whether anything was lost."""
    return any(each.kept < each.out_of for each in results)
