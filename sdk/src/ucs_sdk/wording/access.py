"""What is said about principals, roles, policies and grants."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

ACCESS: dict[str, Message] = {
    "DENIED": Message(
        en="You may not {action} {object}. `ucs why {action!s} {object}` explains who could grant it.",
        zh="您无权对 {object} 执行“{action}”。可用 `ucs why {action!s} {object}` 查看原因。",
    ),
    "DENIED_THERE": Message(
        en="Your roles at {object} do not allow you to {action}. Ask its administrator for one that does.",
        zh="您在 {object} 的角色不允许“{action}”。请向其管理员申请相应的角色。",
    ),
    # --- delegation ---------------------------------------------------------------------------------------------
    "SELF_ADMINISTRATION": Message(
        en="{object} is you, and nobody changes their own roles, organisation or binding. Ask another administrator.",
        zh="{object} 是您本人；任何人不得更改自己的角色、所属机构或绑定。请由其他管理员处理。",
    ),
    "ROLES_BEYOND": Message(
        en="{object} holds or would hold roles that reach beyond what you administer: {roles!s}. Ask an administrator "
        "further up, or of the platform.",
        zh="{object} 拥有或将拥有的角色超出您的管理范围：{roles!s}。请由上级或平台管理员处理。",
    ),
    "GRANT_TO_ONESELF": Message(
        en="A grant on {object} to {grantee} would serve you yourself. Ask another administrator of it.",
        zh="{object} 对 {grantee} 的授权会使您本人受益，请由其他管理员处理。",
    ),
    "LAST_ADMINISTRATOR": Message(
        en="This would leave the platform without an enabled principal that may administer it, so nothing was changed. "
        "Make somebody else an administrator first.",
        zh="此操作会使平台没有任何可用的管理员，未作任何更改。请先任命其他管理员。",
    ),
    # --- principals ---------------------------------------------------------------------------------------------
    "PRINCIPAL_TAKEN": Message(
        en="The id {taken!r} is taken: by a principal, or by a grant or a row of the policies that names it. Choose another.",
        zh="标识 {taken} 已被占用（主体，或指名该标识的授权或策略行），请另选。",
    ),
    "SUBJECT_TAKEN": Message(
        en="The subject {taken!r} is bound to another principal. An administrator of that principal can unbind it.",
        zh="{taken} 已绑定到其他主体，可由该主体的管理员解除绑定。",
    ),
    "SUBJECT_TAKEN_BY": Message(
        en="The subject {taken!r} is bound to {object} already. Unbind it there first.",
        zh="{taken} 已绑定到 {object}，请先在该处解除绑定。",
    ),
    # --- roles --------------------------------------------------------------------------------------------------
    "ROLE_NESTED": Message(
        en="{role!r} is a role. Roles are given to principals and never to roles, so that no circle of roles can arise.",
        zh="{role} 是角色。角色只能授予主体，不能授予角色，因此不会形成循环。",
    ),
    "ROLE_IMPLICIT": Message(
        en="Nobody assigns the role {role!r}: everyone has it, or everyone of an organisation. Choose another role.",
        zh="角色 {role} 无需任命：所有人或机构成员自动拥有。请另选角色。",
    ),
    "ROLE_UNKNOWN": Message(
        en="There is no role {role!r}: no policy speaks of it.", zh="没有角色 {role}：没有任何策略涉及它。"
    ),
    "ROLE_NOT_HELD": Message(
        en="{object} does not hold the role {role!r} there. `ucs principal show {object}` lists what it holds.",
        zh="{object} 在该处没有角色 {role}。可用 `ucs principal show {object}` 查看其角色。",
    ),
    "ANCHOR_MISSING": Message(
        en="The role {role!r} counts at an organisation only. Name one as {path}.",
        zh="角色 {role} 只在某一组织机构内有效，请用 {path} 指明。",
    ),
    # --- policies -----------------------------------------------------------------------------------------------
    "ACCESS_MOVED": Message(
        en="Access has changed since you looked at it (you sent version {sent}, it is {current}). Look again and repeat.",
        zh="权限配置在您查看后已变更（您发送的版本为 {sent}，现为 {current}）。请重新查看后再试。",
    ),
    "POLICY_CHANGE_TOO_LARGE": Message(
        en="This would change {count} rows at once, and one change carries about {most} policies. Nothing was changed. Split the "
        "file (without --prune), or enter it on the serving machine with `ucs db put`.",
        zh="此次将变更 {count} 条，而一次变更约可容纳 {most} 条策略。未作任何更改。请拆分文件（不带 --prune），"
        "或在服务机器上用 `ucs db put` 录入。",
    ),
    # --- grants -------------------------------------------------------------------------------------------------
    "GRANTEE_UNKNOWN": Message(
        en="There is no {grantee!r} to grant anything to. Name a principals/… or an organizations/… that exists.",
        zh="没有可授权的对象 {grantee}。请指明存在的 principals/… 或 organizations/…。",
    ),
    "GRANT_IN_THE_PAST": Message(
        en="A grant until {until} has ended already; it is {now}. Choose a later end, or none.",
        zh="授权截止时间 {until} 已过，现在是 {now}。请选择更晚的截止时间，或不设截止时间。",
    ),
    "GRANT_NEVER_VALID": Message(
        en="A grant from {begin} until {until} is never valid. Its end must come after its beginning.",
        zh="授权从 {begin} 到 {until} 不会生效，截止时间必须晚于开始时间。",
    ),
    "GRANT_TAKEN": Message(
        en="{grantee} has that grant already, for as long: {object}. Revoke that one first, or choose a later end.",
        zh="{grantee} 已有同样的授权，期限不短于此：{object}。请先撤销该授权，或选择更晚的截止时间。",
    ),
}
