"""What is said about the catalogue, about requests, and about the machine."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

GENERAL: dict[str, Message] = {
    "SELF_APPROVAL": Message(
        en="{object} cannot be reviewed by {actor}, who wrote or submitted this revision. Another reviewer must decide.",
        zh="{object} 的本版本由 {actor} 编写或提交，不能自行审核，请由其他审核人员处理。",
    ),
    "NOT_FOUND": Message(
        en="{object} does not exist, or you may not see it.",
        zh="{object} 不存在，或您无权查看。",
    ),
    # --- what was sent ------------------------------------------------------------------------------------------
    "FIELD_INVALID": Message(en="{path}: {problem}.", zh="{path}：{problem}。"),
    "FIELD_MISSING": Message(en="{path} is required.", zh="缺少 {path}。"),
    "NAME_MISSING": Message(
        en="{path} is required: the name of a resource, which looks like {example}, or its id alone.",
        zh="缺少 {path}，即资源的名称，形如 {example}，也可只写其 id。",
    ),
    "FIELD_UNKNOWN": Message(en="{path} is not a field here.", zh="此处没有字段 {path}。"),
    "FIELD_NOT_ONE_OF": Message(
        en="{path} is {value!r}; it must be one of {allowed!s}.", zh="{path} 为 {value}，只能取 {allowed!s}。"
    ),
    "FIELD_TOO_SHORT": Message(
        en="{path} is too short: at least {limit} {unit}.", zh="{path} 过短，至少 {limit} {unit}。"
    ),
    "FIELD_TOO_LONG": Message(
        en="{path} is too long: at most {limit} {unit}.", zh="{path} 过长，最多 {limit} {unit}。"
    ),
    "FIELD_TOO_SMALL": Message(en="{path} must be at least {limit}.", zh="{path} 不得小于 {limit}。"),
    "FIELD_TOO_LARGE": Message(en="{path} must be at most {limit}.", zh="{path} 不得大于 {limit}。"),
    "FIELD_NOT_ABOVE": Message(en="{path} must be more than {limit}.", zh="{path} 必须大于 {limit}。"),
    "FIELD_NOT_BELOW": Message(en="{path} must be less than {limit}.", zh="{path} 必须小于 {limit}。"),
    "FIELD_NOT_FINITE": Message(en="{path} must be a finite number.", zh="{path} 必须是有限的数。"),
    "FIELD_PATTERN": Message(
        en="{path} is {value!r}, which does not match {pattern}.", zh="{path} 为 {value}，不符合格式 {pattern}。"
    ),
    "FIELD_TYPE": Message(en="{path} is {value!r}, which is not {expected}.", zh="{path} 为 {value}，不是{expected}。"),
    "SHARE_CONDITION_MISSING": Message(
        en="share_condition is required when share_type is 'conditional': say under which condition it is shared.",
        zh="share_type 为 conditional（有条件共享）时必须填写 share_condition（共享条件）。",
    ),
    "DENIAL_BASIS_MISSING": Message(
        en="denial_basis is required when share_type is 'none': name the law or rule that forbids sharing.",
        zh="share_type 为 none（不予共享）时必须填写 denial_basis（不予共享依据）。",
    ),
    "TYPE_UNKNOWN": Message(
        en="There is no resource type {type!r} of kind {kind!r}.",
        zh="类别“{kind}”（{kind!s}）下没有资源类型 {type}。",
    ),
    "SPEC_INVALID": Message(
        en="{path} does not satisfy the schema of type {type!r}: {problem}.",
        zh="{path} 不符合类型 {type} 的规范：{problem}。",
    ),
    "SPEC_TOO_LARGE": Message(
        en="{path} holds more than {most} values. Describe the resource in fewer, or split it.",
        zh="{path} 中的值超过 {most} 个。请精简描述，或拆分该资源。",
    ),
    "ORGANIZATION_UNKNOWN": Message(
        en="There is no organisation {organization!r}.",
        zh="没有组织机构 {organization}。",
    ),
    "REGION_UNKNOWN": Message(en="There is no division {region!r}.", zh="没有行政区划 {region}。"),
    "DEPENDENCY_UNKNOWN": Message(
        en="{object} cannot depend on {target}: it does not exist, or you may not see it.",
        zh="{object} 不能依赖 {target}：它不存在，或您无权查看。",
    ),
    "DEPENDENCY_CYCLE": Message(
        en="{object} cannot depend on {target}: that closes the circle {circle}. Remove one of these dependencies.",
        zh="{object} 不能依赖 {target}：会形成循环 {circle}。请去掉其中一项依赖。",
    ),
    "DEPENDENCY_TOO_DEEP": Message(
        en="{object} reaches more than {most} resources through its dependencies; a circle cannot be ruled out.",
        zh="{object} 的依赖超过 {most} 项资源，无法排除循环。",
    ),
    "DEPENDENCY_UPWARD": Message(
        en="{object} ({kind}) cannot depend on {target} ({target_kind}): dependencies run from application over "
        "component and data to infrastructure.",
        zh="{object}（{kind}）不能依赖 {target}（{target_kind}）：依赖方向为 应用→组件服务→数据→基础设施。",
    ),
    "FIELD_IMMUTABLE": Message(
        en="{path} of {object} cannot be changed after creation (it is {current!r}). Create a new resource instead.",
        zh="{object} 的 {path} 创建后不可更改（现为 {current}）。请新建资源。",
    ),
    "NOTHING_CHANGED": Message(
        en="{object} is as stated already, so nothing was written.",
        zh="{object} 已与所述一致，未写入任何内容。",
    ),
    "REASON_MISSING": Message(
        en="{verb} needs a reason that its owner will read.",
        zh="“{verb}”需要填写理由，供资源所有者查看。",
    ),
    "CODE_TAKEN": Message(en="The code {taken!r} is in use already.", zh="代码 {taken} 已被使用。"),
    "ORGANIZATION_TAKEN": Message(en="The organisation {taken!r} exists already.", zh="组织机构 {taken} 已存在。"),
    "CURSOR_INVALID": Message(
        en="The cursor does not belong to this list and order. Start again without one.",
        zh="游标与此列表或排序不符，请不带游标重新开始。",
    ),
    "PAGE_SIZE_INVALID": Message(
        en="{path} must be between 1 and {most}; it is {value}.",
        zh="{path} 必须在 1 到 {most} 之间，现为 {value}。",
    ),
    "BODY_MALFORMED": Message(en="The request could not be read: {problem}.", zh="无法读取请求：{problem}。"),
    "BODY_TOO_LARGE": Message(
        en="The request is larger than {most} bytes. Send less at a time.",
        zh="请求超过 {most} 字节，请分批发送。",
    ),
    "DOCUMENT_TOO_COSTLY": Message(
        en="The request was refused before it ran: {measure} is {value}, at most {most} is allowed. Ask for less at once.",
        zh="请求在执行前被拒绝：{measure}为 {value}，上限为 {most}。请减少单次请求的内容。",
    ),
    "DOCUMENT_INVALID": Message(en="The document is not valid: {problem}", zh="查询文档无效：{problem}"),
    "OPERATION_UNKNOWN": Message(
        en="operationName is {operation!r}, and the document holds the operations {known}. Send the name of one of them.",
        zh="operationName 为“{operation}”，而文档中的操作为 {known}。请在 operationName 中给出其中一个的名称。",
    ),
    "ARGUMENTS_EXCLUSIVE": Message(
        en="Give just one of these arguments: {arguments}.", zh="以下参数请只给出一个：{arguments}。"
    ),
    "MUTATION_NEEDS_POST": Message(
        en="A mutation is not run by GET. Send it by POST.", zh="GET 不执行变更操作，请改用 POST。"
    ),
    "BATCH_UNSUPPORTED": Message(
        en="The body is a list; one request holds one operation. Send them one by one.",
        zh="请求体为数组；一次请求只能包含一个操作，请逐个发送。",
    ),
    "BODY_NOT_JSON": Message(
        en="The body is not JSON in UTF-8: reading failed in line {line}, column {column}.",
        zh="请求体不是 UTF-8 编码的 JSON：在第 {line} 行第 {column} 列无法读取。",
    ),
    "BODY_INCOMPLETE": Message(
        en="The connection ended before the whole request had arrived.", zh="请求尚未完整到达，连接已断开。"
    ),
    "CONTENT_TYPE_UNSUPPORTED": Message(
        en="The body was sent as {sent!r}, which is not read here. Send {expected}.",
        zh="请求体类型为 {sent}，此处不支持。请使用 {expected}。",
    ),
    "METHOD_UNSUPPORTED": Message(en="{method} is not supported here.", zh="此处不支持 {method}。"),
    # --- how things stand ---------------------------------------------------------------------------------------
    "ETAG_MISSING": Message(
        en="{verb} needs the etag that you read, so that nobody's change is lost. Read {object} and send its etag.",
        zh="“{verb}”需要您读取时的 etag，以免覆盖他人修改。请先读取 {object} 并带上其 etag。",
    ),
    "ETAG_STALE": Message(
        en="{object} changed since you read it (you sent {sent}, it is {current}). Read it again and repeat.",
        zh="{object} 在您读取后已被修改（您发送 {sent}，现为 {current}）。请重新读取后再试。",
    ),
    "TRANSITION_ILLEGAL": Message(
        en="{object} cannot {verb}: {axis} is {state}, and {verb} starts from {allowed}.",
        zh="{object} 不能执行“{verb}”：{axis}现为“{state}”，该操作只能在以下状态执行：{allowed}。",
    ),
    "NO_CURRENT_REVISION": Message(
        en="{object} cannot {verb}: no revision has been approved yet. Submit it and have it reviewed first.",
        zh="{object} 不能执行“{verb}”：尚无通过审核的版本，请先提交并完成审核。",
    ),
    "REVIEW_PENDING": Message(
        en="{object} cannot be changed while its revision is in review. Withdraw it first.",
        zh="{object} 的版本正在审核，不能修改，请先撤回。",
    ),
    "REQUEST_ID_REUSED": Message(
        en="The request id {request_id!r} was used for another request. Take a new one.",
        zh="请求号 {request_id} 已用于另一请求，请换用新的请求号。",
    ),
    "REQUEST_ID_INVALID": Message(
        en="A request id has 1 to 64 visible ASCII characters.",
        zh="请求号须为 1 至 64 个可见 ASCII 字符。",
    ),
    "POSITION_MALFORMED": Message(
        en="{path} is {value!r}; it must be a position in the log, a whole number such as 42.",
        zh="{path} 为 {value}，必须是日志中的位置，即整数，例如 42。",
    ),
    "POSITION_UNKNOWN": Message(
        en="The log has no position {position}: it ends at {last}.",
        zh="日志没有位置 {position}：末尾为 {last}。",
    ),
    "DEMO_RUNNING": Message(
        en="A demo runs in {folder} already. Use it, or choose another folder with --data.",
        zh="{folder} 中已有演示平台在运行。请直接使用，或用 --data 另选目录。",
    ),
    "DEMO_FOLDER_UNUSABLE": Message(
        en="Nothing can be kept in {folder}: {problem}. Choose another folder with --data.",
        zh="{folder} 中无法保存数据：{problem}。请用 --data 另选目录。",
    ),
    "DEMO_ROOM_SHORT": Message(
        en="{folder} has {free} MiB left, and a {size} city needs {needed}. Make room, or choose another folder with --data.",
        zh="{folder} 所在磁盘剩余 {free} MiB，{size} 规模的城市需要 {needed} MiB。请腾出空间，或用 --data 另选目录。",
    ),
    "DEMO_FOLDER_TAKEN": Message(
        en="{folder} holds a {file} that no demo made, and it was left alone. Choose another folder with --data.",
        zh="{folder} 中的 {file} 不是演示平台生成的，未作改动。请用 --data 另选目录。",
    ),
    "DEMO_SIZE_DIFFERS": Message(
        en="{folder} holds a {present} city, not a {size} one. Choose another folder with --data, or remove it.",
        zh="{folder} 中已有 {present} 规模的城市，不是 {size}。请用 --data 另选目录，或删除该目录。",
    ),
    "README_MISSING": Message(
        en="The walk-through is the README's, and there is none in {folder}. Run --check in a checkout.",
        zh="演练取自 README，而 {folder} 中没有 README。请在源码目录中运行 --check。",
    ),
    "FOUNDED_ALREADY": Message(
        en="This database holds a platform already; founding starts from an empty one.",
        zh="该数据库中已有平台数据，只能在空库上初始化。",
    ),
    # --- policies -----------------------------------------------------------------------------------------------
    "POLICY_ROW_INVALID": Message(
        en="Policy row {row!r} was refused: {problem}. Nothing was changed.",
        zh="策略 {row} 被拒绝：{problem}。未作任何更改。",
    ),
    # --- the command line ---------------------------------------------------------------------------------------
    "PLATFORM_UNREACHABLE": Message(
        en="No platform answers at {address} ({problem}). Start one with `ucs demo`, or name it with --http or UCS_HTTP.",
        zh="{address} 没有平台响应（{problem}）。可用 `ucs demo` 启动一个，或用 --http、UCS_HTTP 指明地址。",
    ),
    "PLATFORM_ANSWER_STRANGE": Message(
        en="{address} answered with status {status}, and not as a platform does. Check the address.",
        zh="{address} 返回状态 {status}，不像是平台的响应。请检查地址。",
    ),
    "PROFILE_MALFORMED": Message(
        en="{file} cannot be read: {problem}. Start `ucs demo` again, or remove the file.",
        zh="无法读取 {file}：{problem}。请重新运行 `ucs demo`，或删除该文件。",
    ),
    "PROFILE_MISSING": Message(
        en="There is no profile at {file}, so the token of {persona!r} is not known. Start `ucs demo`, or give --token.",
        zh="{file} 处没有配置档，无法取得 {persona} 的令牌。请运行 `ucs demo`，或用 --token 给出令牌。",
    ),
    "PERSONA_UNKNOWN": Message(en="{file} knows {known}, not {persona!r}.", zh="{file} 中有 {known}，没有 {persona}。"),
    "TOKEN_ELSEWHERE": Message(
        en="The tokens of the profile are for {known}, so none was sent to {address}. Give one with --token or UCS_TOKEN.",
        zh="配置档中的令牌属于 {known}，未发送给 {address}。请用 --token 或 UCS_TOKEN 给出令牌。",
    ),
    "KEY_FILE_MISSING": Message(
        en="There is no key at {file} to sign with. Name one with --key-file; `ucs serve` makes its own.",
        zh="{file} 处没有签名密钥。请用 --key-file 指明；`ucs serve` 会生成自己的密钥。",
    ),
    "HEAD_HIDDEN": Message(
        en="Only those who work on {object} are shown its latest revision and its etag. `ucs get {object}` shows the rest.",
        zh="只有维护 {object} 的人员可以查看其最新版本和版本标记。可用 `ucs get {object}` 查看其余内容。",
    ),
    "PRINCIPAL_ABSENT": Message(
        en="There is no principal {principal!r} in {database}, or it is disabled. `ucs db put` enters one.",
        zh="{database} 中没有主体 {principal}，或该主体已停用。可用 `ucs db put` 录入。",
    ),
    "SETTING_UNKNOWN": Message(
        en="{path} is no setting of UCS, so it would have no effect. Correct its name, or remove it.",
        zh="{path} 不是 UCS 的设置项，不会生效。请更正其名称，或将其删除。",
    ),
    "FILE_UNREADABLE": Message(en="{file} cannot be read: {problem}.", zh="无法读取 {file}：{problem}。"),
    "FILE_MALFORMED": Message(
        en="{file}, document {number}: {problem}. Nothing was sent.",
        zh="{file} 第 {number} 个文档：{problem}。未发送任何内容。",
    ),
    # --- the platform itself ------------------------------------------------------------------------------------
    "ADDRESS_UNAVAILABLE": Message(
        en="{address} cannot be listened on: it is in use or not an address of this machine. Choose another.",
        zh="无法监听 {address}：已被占用或不是本机地址。请另选地址。",
    ),
    "STORE_UNAVAILABLE": Message(
        en="The database does not answer. Nothing was changed; try again shortly.",
        zh="数据库没有响应，未作任何更改，请稍后再试。",
    ),
    "STORE_BUSY": Message(
        en="The database is busy with other writes. Nothing was changed; try again shortly.",
        zh="数据库正忙于其他写入，未作任何更改，请稍后再试。",
    ),
    "STORE_OUTCOME_UNKNOWN": Message(
        en="The database failed while committing, so the change may or may not have been made. Repeat the call with the "
        "same request id, or read again.",
        zh="数据库在提交时发生故障，更改可能已生效，也可能未生效。请用同一请求号重试，或重新读取。",
    ),
    "STORE_FULL": Message(
        en="The disk of the database is full. Nothing was changed; nothing can be written until its operator makes room.",
        zh="数据库所在磁盘已满，未作任何更改；运维人员清理出空间之前无法写入。",
    ),
    "STORE_FULL_OUTCOME_UNKNOWN": Message(
        en="The disk of the database was full while committing, so the change may or may not have been made. When its "
        "operator has made room, repeat the call with the same request id, or read again.",
        zh="提交时数据库所在磁盘已满，更改可能已生效，也可能未生效。待运维人员清理出空间后，请用同一请求号重试，或重新读取。",
    ),
    "STORE_FAILED": Message(
        en="The database refused a statement, which is a fault of the platform; nothing was changed. Tell its operator.",
        zh="数据库拒绝执行语句，这是平台自身的错误，未作任何更改。请告知平台运维人员。",
    ),
    "STORE_OUTDATED": Message(
        en="The database's tables are at revision {found}, and {needed} is needed. Run `ucs db upgrade`.",
        zh="数据库表结构版本为 {found}，需要 {needed}。请运行 `ucs db upgrade`。",
    ),
    "STORE_URL_INVALID": Message(
        en="The database URL cannot be used: {problem}. Give sqlite:///path/to/file or postgresql://user@host/name.",
        zh="数据库地址无法使用：{problem}。请使用 sqlite:///文件路径 或 postgresql://用户@主机/库名。",
    ),
    "STARTING": Message(en="The platform is starting. Try again shortly.", zh="平台正在启动，请稍后再试。"),
    "DRAINING": Message(en="The platform is shutting down. Try again shortly.", zh="平台正在关闭，请稍后再试。"),
    "DEADLINE_EXCEEDED": Message(
        en="The request took longer than {seconds} s and was given up. Nothing was changed.",
        zh="请求超过 {seconds} 秒，已放弃。未作任何更改。",
    ),
    "OUTCOME_UNKNOWN": Message(
        en="The request took longer than {seconds} s, and may still take effect. Read the object again, or repeat the call "
        "with the same request id to learn the answer.",
        zh="请求超过 {seconds} 秒，仍可能生效。请重新读取该对象，或用相同的请求号重试以获知结果。",
    ),
    "STREAM_IDLE": Message(
        en="Nothing arrived on the stream for {seconds} s, so it was ended.",
        zh="{seconds} 秒内未收到任何数据，流已结束。",
    ),
    "INTERNAL_OUTCOME_UNKNOWN": Message(
        en="Something went wrong on our side, and the call may have taken effect. Read the object again, or repeat the "
        "call with the same request id. Report call {call_id}.",
        zh="平台内部错误，调用可能已生效。请重新读取该对象，或用相同的请求号重试。请报告调用号 {call_id}。",
    ),
    "INTERNAL": Message(
        en="Something went wrong on our side; nothing was changed. Report call {call_id}.",
        zh="平台内部错误，未作任何更改。请报告调用号 {call_id}。",
    ),
}
