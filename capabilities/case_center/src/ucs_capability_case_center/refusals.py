"""What the case centre says when something cannot be done, in both languages. Values are named as people call them."""

from __future__ import annotations

from collections.abc import Iterable

from ucs_capability_case_center.vocabulary import CaseState, Condition, Role, Verb
from ucs_sdk.errors import Denied, Exhausted, FailedPrecondition, Invalid, NotFound
from ucs_sdk.vocabulary import Term


def _zh(terms: Iterable[Term]) -> list[str]:
    return [term.title_zh for term in terms]


def _values(terms: Iterable[Term]) -> list[str]:
    return [term.value for term in terms]


def not_from_here(case: str, state: CaseState, verb: Verb, sources: Iterable[CaseState]) -> FailedPrecondition:
    """The case does not stand where this can be done."""
    allowed = list(sources)
    return FailedPrecondition.saying(
        "CASE_NOT_THERE",
        zh="案件 {object} 处于“{state_zh}”，不能“{verb_zh}”；可办理的状态：{allowed_zh}。",
        en="{object} is {state!r}, where {verb!r} is not possible; it is possible in: {allowed}.",
        object=case,
        state=state.value,
        state_zh=state.title_zh,
        verb=verb.value,
        verb_zh=verb.title_zh,
        allowed=_values(allowed),
        allowed_zh=_zh(allowed),
    )


def not_suspended(case: str) -> FailedPrecondition:
    """There is nothing to resume."""
    return FailedPrecondition.saying(
        "CASE_NOT_SUSPENDED",
        zh="案件 {object} 未挂账，无需恢复。",
        en="{object} is not suspended, so there is nothing to resume.",
        object=case,
    )


def not_supervised(case: str) -> FailedPrecondition:
    """Nobody waits for a reply."""
    return FailedPrecondition.saying(
        "CASE_NOT_SUPERVISED",
        zh="案件 {object} 没有待回复的督办。",
        en="No supervision of {object} waits for a reply.",
        object=case,
    )


def suspended(case: str, verb: Verb) -> FailedPrecondition:
    """The case waits to be resumed."""
    return FailedPrecondition.saying(
        "CASE_SUSPENDED",
        zh="案件 {object} 已挂账，恢复后才能“{verb_zh}”。",
        en="{object} is suspended; it has to be resumed before {verb!r}.",
        object=case,
        verb=verb.value,
        verb_zh=verb.title_zh,
    )


def role_missing(case: str, verb: Verb, roles: Iterable[Role]) -> Denied:
    """Somebody else does this."""
    people = [role for role in roles if role is not Role.SYSTEM]
    return Denied.saying(
        "ROLE_MISSING",
        zh="“{verb_zh}”由{roles_zh}办理，您在案件 {object} 上没有该岗位；岗位由 case_center.assign_roles 授予。",
        en="{verb!r} is done by: {roles}. You have none of these roles at {object}; case_center.assign_roles gives them.",
        object=case,
        verb=verb.value,
        verb_zh=verb.title_zh,
        roles=_values(people),
        roles_zh=_zh(people),
    )


def note_missing(case: str, verb: Verb) -> Invalid:
    """It has to be said why, or what was done."""
    return Invalid.saying(
        "NOTE_MISSING",
        zh="对案件 {object} 办理“{verb_zh}”须填写说明。",
        en="{verb!r} at {object} needs a note that says why, or what was done.",
        object=case,
        verb=verb.value,
        verb_zh=verb.title_zh,
    )


def request_pending(case: str, asked: Verb) -> FailedPrecondition:
    """One request is open already."""
    return FailedPrecondition.saying(
        "REQUEST_PENDING",
        zh="案件 {object} 有未审批的“{asked_zh}”，审批后才能再申请。",
        en="{object} has a request that is not decided yet: {asked!r}. Ask again when it is.",
        object=case,
        asked=asked.value,
        asked_zh=asked.title_zh,
    )


def nothing_asked(case: str) -> FailedPrecondition:
    """There is no request to decide."""
    return FailedPrecondition.saying(
        "NOTHING_ASKED",
        zh="案件 {object} 没有待审批的申请。",
        en="Nothing is asked for at {object}, so there is nothing to decide.",
        object=case,
    )


def own_request(case: str, decides: Role) -> Denied:
    """Nobody decides what they have asked for themselves."""
    return Denied.saying(
        "OWN_REQUEST",
        zh="不能审批自己对案件 {object} 提出的申请，请另一位{role_zh}审批。",
        en="Nobody decides their own request at {object}: another {role} has to.",
        object=case,
        role=decides.value,
        role_zh=decides.title_zh,
    )


def conditions_unmet(case: str, verb: Verb, unmet: Iterable[Condition]) -> FailedPrecondition:
    """Filing or closing asks for more."""
    missing = list(unmet)
    return FailedPrecondition.saying(
        "CONDITIONS_UNMET",
        zh="案件 {object} 尚不具备“{verb_zh}”条件，还需：{unmet_zh}。",
        en="{object} does not meet the conditions of {verb!r} yet; still needed: {unmet_en}.",
        object=case,
        verb=verb.value,
        verb_zh=verb.title_zh,
        unmet=_values(missing),
        unmet_zh=_zh(missing),
        unmet_en=[each.title_en for each in missing],
    )


def argument_missing(case: str, verb: Verb, path: str) -> Invalid:
    """A verb needs something beside the note."""
    return Invalid.saying(
        "ARGUMENT_MISSING",
        zh="对案件 {object} 办理“{verb_zh}”须给出 {path}。",
        en="{verb!r} at {object} needs {path!r}.",
        object=case,
        path=path,
        verb=verb.value,
        verb_zh=verb.title_zh,
    )


def filing_unknown(case: str, filing: str, known: list[str]) -> Invalid:
    """The type has no such filing condition."""
    return Invalid.saying(
        "FILING_UNKNOWN",
        zh="案件 {object} 的类型没有立案条件 {filing!r}，可用：{known}。",
        en="The type of {object} has no filing condition {filing!r}; it has: {known}.",
        object=case,
        path="filing",
        filing=filing,
        known=known,
    )


def no_limit(case: str) -> FailedPrecondition:
    """There is no limit to extend."""
    return FailedPrecondition.saying(
        "CASE_WITHOUT_LIMIT",
        zh="案件 {object} 没有处置时限，无需延时。",
        en="{object} has no limit that could be extended.",
        object=case,
    )


def case_unknown(case: str) -> NotFound:
    """There is no such case, or none that the caller may see."""
    return NotFound.saying(
        "CASE_UNKNOWN",
        zh="没有案件 {object}，或您无权查看；用 case_center.list 可列出您能看到的案件。",
        en="There is no case {object} that you may see; case_center.list shows those that you may.",
        object=case,
    )


def case_type_unknown(code: str, near: list[str]) -> Invalid:
    """The catalogue of case types does not have it."""
    return Invalid.saying(
        "CASE_TYPE_UNKNOWN",
        zh="没有案件类型 {code!r}" + ("，是否指 {near}？" if near else "。"),
        en="There is no case type {code!r}." + (" Did you mean {near}?" if near else ""),
        path="case_type",
        code=code,
        near=near,
    )


def receipt_unknown(receipt: str) -> NotFound:
    """The report was not taken in yet, or it is somebody else's."""
    return NotFound.saying(
        "RECEIPT_UNKNOWN",
        zh="没有回执 {object} 对应的案件；刚上报的请稍后再查。",
        en="No case belongs to the receipt {object}; a report that was just made takes a moment.",
        object=receipt,
    )


def field_wrong(name: str, value: str) -> Invalid:
    """A field of a form or a query is not what it should be."""
    return Invalid.saying(
        "FIELD_WRONG",
        zh="字段 {path} 的值 {value!r} 无效。",
        en="The field {path} cannot be {value!r}.",
        path=name,
        value=value[:80],
    )


def nothing_there(path: str) -> NotFound:
    """The door knows no such path, or not by this method."""
    return NotFound.saying("NOT_FOUND", zh="没有 {object}。", en="There is nothing at {object}.", object=path[:80])


def rules_full(case_type: str, most: int) -> Exhausted:
    """There are as many rules for a type as there may be."""
    return Exhausted.saying(
        "RULES_FULL",
        zh="案件类型 {object} 已有 {limit} 条派遣规则。",
        en="There are {limit} dispatch rules for {object} already.",
        object=case_type,
        limit=most,
    )


def unit_unknown(unit: str) -> NotFound:
    """Nobody has entered this unit."""
    return NotFound.saying(
        "UNIT_UNKNOWN",
        zh="没有登记处置单位 {object}，请先用 case_center.enter_unit 登记。",
        en="No unit {object} is entered; case_center.enter_unit does that.",
        object=unit,
    )


def organization_unknown(unit: str) -> NotFound:
    """A unit is an organisation of the city, and there is none of this id."""
    return NotFound.saying(
        "ORGANIZATION_UNKNOWN",
        zh="没有组织机构 {object}，不能登记为处置单位；请核对编号，或先请平台管理员录入该机构。",
        en="There is no organisation {object}, so it cannot be a unit. Check its id, or have a platform administrator enter it.",
        object=unit,
    )


def place_halved(missing: str) -> Invalid:
    """Half a place was said."""
    return Invalid.saying(
        "PLACE_HALVED",
        zh="longitude 与 latitude 须同时给出，缺少 {path}。",
        en="Longitude and latitude belong together: {path!r} is missing.",
        path=missing,
    )


def system_missing(systems: list[str]) -> Invalid:
    """Nobody guesses in which system coordinates are."""
    return Invalid.saying(
        "SYSTEM_MISSING",
        zh="给出坐标时须同时用 {path} 说明坐标系：{systems}。",
        en="Coordinates need their system: say {path!r}, one of {systems}.",
        path="crs",
        systems=systems,
    )


def which_case() -> Invalid:
    """It was not said which case, or twice."""
    return Invalid.saying(
        "CASE_NOT_SAID",
        zh="请给出案件编号 {path} 或回执 receipt，二者选一。",
        en="Say which case by its number ({path!r}) or by the receipt of a report, one of both.",
        path="case",
    )


def role_not_given(roles: list[str]) -> Invalid:
    """Who is in a unit is known by the organisation, and nobody is the system."""
    return Invalid.saying(
        "ROLE_NOT_GIVEN",
        zh="值班表不能授予 {path}：{roles}；专业部门人员由其所属机构确定。",
        en="The roster does not give these {path}: {roles}. People of a unit are known by their organisation.",
        path="roles",
        roles=roles,
    )


def area_unknown(region: str) -> Invalid:
    """Cases are told of districts and of streets."""
    return Invalid.saying(
        "AREA_UNKNOWN",
        zh="region 须为区县（6 位）或街道（9 位）的区划代码，例如 370202；收到的是 {region!r}。",
        en="The region is the code of a district (6 digits) or of a street (9 digits), such as 370202; it was {region!r}.",
        path="region",
        region=region,
    )


def not_listed(asked: str, ways: list[str]) -> Invalid:
    """Cases are not listed by all of this together."""
    return Invalid.saying(
        "CASES_NOT_LISTED",
        zh="案件不能同时按 {asked} 列出；可用的组合：{ways}。",
        en="Cases are not listed by {asked} together; they are listed by: {ways}.",
        path="case_center.list",
        asked=asked,
        ways=ways,
    )


def not_counted(asked: str, ways: list[str]) -> Invalid:
    """Cases are not counted by all of this together."""
    return Invalid.saying(
        "CASES_NOT_COUNTED",
        zh="案件不能同时按 {asked} 计数；可用的组合：{ways}，均可再加 state、light、open。",
        en="Cases are not counted by {asked} together; they are counted by: {ways}, each with state, light and open.",
        path="case_center.counts",
        asked=asked,
        ways=ways,
    )


def case_full(case: str, most: int) -> Exhausted:
    """So much has been done to a case that it takes no more of what does not lead on."""
    return Exhausted.saying(
        "CASE_FULL",
        zh="案件 {object} 的办理记录已达 {limit} 条，只能继续主流程。",
        en="{object} has {limit} steps: it takes only those that lead on.",
        object=case,
        limit=most,
    )
