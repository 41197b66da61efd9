"""Why something is refused, in both languages: what it is, and what to do."""

from __future__ import annotations

from ucs_sdk import AlreadyExists, Conflict, Denied, Exhausted, FailedPrecondition, Invalid, NotFound


def unknown(kind_zh: str, kind_en: str, object: str) -> NotFound:
    """There is no such thing, or the caller may not see it."""
    return NotFound.saying(
        "CIVIC_UNKNOWN",
        zh="没有{kind_zh} {object}。",
        en="There is no {kind_en} {object}.",
        kind_zh=kind_zh,
        kind_en=kind_en,
        object=object,
    )


def edition_full(edition: str, most: int) -> Exhausted:
    """An edition has so many versions that a new one should be begun."""
    return Exhausted.saying(
        "EDITION_FULL",
        zh="指标版本 {object} 已有 {most} 版，请另建版本。",
        en="{object} has {most} versions already: begin another edition.",
        object=edition,
        most=most,
    )


def not_an_assessor(organization: str, edition: str) -> Denied:
    """The caller's organisation does not assess by this edition."""
    return Denied.saying(
        "NOT_AN_ASSESSOR",
        zh="机构 {organization} 不是 {edition} 的测评机构。",
        en="{organization} does not assess by {edition}; the edition names who does.",
        organization=organization or "-",
        edition=edition,
    )


def own_matter(object: str) -> Denied:
    """Nobody assesses what they are responsible for."""
    return Denied.saying(
        "OWN_MATTER",
        zh="{object} 由本单位负责，须由其他机构测评。",
        en="{object} is the caller's own responsibility: another organisation assesses it.",
        object=object,
    )


def reference_used(reference: str) -> AlreadyExists:
    """Something else was handed in under this reference."""
    return AlreadyExists.saying(
        "REFERENCE_USED",
        zh="提交编号 {reference} 已用于另一份内容。",
        en="{reference} was used for something else; take another reference.",
        reference=reference,
    )


def item_wrong(item: str, zh: str, en: str) -> Invalid:
    """A result makes no sense."""
    return Invalid.saying(
        "RESULT_INVALID",
        zh="检查项 {item}：{problem_zh}。",
        en="{item}: {problem}.",
        item=item,
        problem=en,
        problem_zh=zh,
    )


def too_far(point: str, metres: float, most: float) -> Invalid:
    """The inspector was not at the point."""
    return Invalid.saying(
        "FAR_FROM_POINT",
        zh="检查位置距点位 {point} {metres} 米，超过 {most} 米。",
        en="The inspector stood {metres} m from {point}, more than {most} m.",
        point=point,
        metres=round(metres),
        most=f"{most:g}",
    )


def task_not_open(task: str, point: str) -> FailedPrecondition:
    """A visit does not belong to the task."""
    return FailedPrecondition.saying(
        "TASK_DOES_NOT_FIT",
        zh="任务 {task} 已完成、不属于本机构或不含点位 {point}。",
        en="{task} is done, is another organisation's, or does not have the point {point}.",
        task=task,
        point=point,
    )


def too_few_points(found: int, wanted: int) -> FailedPrecondition:
    """There are not so many points to draw from."""
    return FailedPrecondition.saying(
        "TOO_FEW_POINTS",
        zh="符合条件的点位只有 {found} 个，不足 {wanted} 个。",
        en="There are {found} such points, fewer than {wanted}.",
        found=found,
        wanted=wanted,
    )


def too_many(zh: str, en: str, most: int) -> Exhausted:
    """More would have to be looked at than one call does."""
    return Exhausted.saying(
        "CIVIC_TOO_MUCH",
        zh="{what_zh}超过 {most} 条，请缩短时间范围。",
        en="There are more than {most} {what}: ask for less, such as a shorter period.",
        what=en,
        what_zh=zh,
        most=most,
    )


def file_not_that(media_type: str) -> Invalid:
    """A file is not what it is said to be."""
    return Invalid.saying(
        "FILE_NOT_THAT",
        zh="文件不是有效的 Base64，或内容与 {media_type} 不符。",
        en="The file is not Base64, or is not {media_type} by its first bytes.",
        media_type=media_type,
    )


def in_the_future(moment: str) -> Invalid:
    """Nothing can be told as of a date that is to come."""
    return Invalid.saying(
        "AS_OF_FUTURE", zh="截至时间 {moment} 尚未到来。", en="{moment} is yet to come.", moment=moment
    )


def candidate_moved(point: str, item: str) -> Conflict:
    """Somebody else has decided meanwhile, or another candidate has taken its place."""
    return Conflict.saying(
        "CANDIDATE_DECIDED",
        zh="点位 {point} 检查项 {item} 的该条线索已处理。",
        en="This candidate of {item} at {point} was decided upon already.",
        point=point,
        item=item,
    )
