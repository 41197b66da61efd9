"""What is said to those who write plugins, and about plugins that fail."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

PLUGINS: dict[str, Message] = {
    # --- declarations -------------------------------------------------------------------------------------------
    "DECLARED_TWICE": Message(
        en="{file}:{line}: {name!r} is declared twice; the first is in line {first}. Rename one of them.",
        zh="{file}:{line}：{name} 重复声明，首次声明在第 {first} 行。请为其中一个改名。",
    ),
    "DECLARED_WAY": Message(
        en="{file}:{line}: the collection {name} cannot be asked by {way}. A way names up to 4 different fields of the model, "
        "each as a whole or by its first characters (`region[6]`); a collection has up to 16 of each sort.",
        zh="{file}:{line}：数据集 {name} 不能按 {way} 查询。每种方式至多写 4 个不同的模型字段，可取整个字段或其前若干字符"
        "（`region[6]`）；每类方式至多 16 种。",
    ),
    "DECLARED_NAME": Message(
        en="{file}:{line}: {name!r} cannot be a name here: lower-case letters, digits and single underscores, beginning with a "
        "letter, 2 to 41 characters.",
        zh="{file}:{line}：{name} 不能用作名称：须以小写字母开头，仅含小写字母、数字和单个下划线，2 至 41 个字符。",
    ),
    "EVENT_TYPE_MALFORMED": Message(
        en="{file}:{line}: {type!r} is no type of event. Write it as 'city.<plugin>.<what>.v1', in lower case.",
        zh="{file}:{line}：{type} 不是合法的事件类型。请写成 city.<插件>.<事件>.v1，全部小写。",
    ),
    "EVENT_ATTRIBUTE": Message(
        en="The event's attribute {name!r} is not as CloudEvents 1.0 has it: {problem}.",
        zh="事件属性 {name} 不符合 CloudEvents 1.0：{problem}。",
    ),
    "HINT_UNRESOLVED": Message(
        en="{file}:{line}: a type hint of {name} names {missing!r}, which is not there. Import it, or define it above the "
        "function.",
        zh="{file}:{line}：{name} 的类型注解用到了 {missing}，但找不到它。请先导入，或在函数之前定义。",
    ),
    "SIGNATURE_WRONG": Message(
        en="{file}:{line}: {name}: {argument}: {problem}.", zh="{file}:{line}：{name} 的 {argument}：{problem}。"
    ),
    # --- the manifest -------------------------------------------------------------------------------------------
    "MANIFEST_MISSING": Message(
        en="The plugin {plugin!r} of {place} has no plugin.toml. Put one beside the __init__.py of the package {module!r}, and "
        "have the build take it along.",
        zh="{place} 的插件 {plugin} 没有 plugin.toml。请将它放在包 {module} 的 __init__.py 旁，并确保打包时包含它。",
    ),
    "MANIFEST_UNREADABLE": Message(en="{file} cannot be read: {problem}.", zh="无法读取 {file}：{problem}。"),
    "MANIFEST_FIELD_MISSING": Message(
        en="{file}: the field {field!r} is missing. Add it, for example: {example}",
        zh="{file}：缺少字段 {field}。请补充，例如：{example}",
    ),
    "MANIFEST_FIELD_UNKNOWN": Message(
        en="{file}:{line}: there is no field {field!r} here. The fields are {known}.",
        zh="{file}:{line}：此处没有字段 {field}。可用的字段为 {known}。",
    ),
    "MANIFEST_FIELD_INVALID": Message(
        en="{file}:{line}: {field}: {problem}.", zh="{file}:{line}：{field}：{problem}。"
    ),
    "MANIFEST_NAME_DIFFERS": Message(
        en="{file}: the name is {stated!r}, and the entry point of the group ucs.plugins is called {plugin!r}. Give both one "
        "name.",
        zh="{file}：name 为 {stated}，而 ucs.plugins 组的入口点名为 {plugin}。请使二者一致。",
    ),
    "API_LEVEL_TOO_NEW": Message(
        en="The plugin {plugin!r} ({file}) was written for API level {asked}; level {offered} is the newest here. Upgrade "
        "ucs-sdk and the platform, or use an earlier version of the plugin.",
        zh="插件 {plugin}（{file}）面向 API 级别 {asked}，此处最高支持 {offered}。请升级 ucs-sdk 与平台，或使用插件的较早版本。",
    ),
    # --- finding and loading ------------------------------------------------------------------------------------
    "PLUGIN_FOLDER": Message(
        en="There is no plugin in {folder}: {problem}. `ucs plugin new NAME` makes one.",
        zh="{folder} 中没有插件：{problem}。可用 `ucs plugin new NAME` 新建。",
    ),
    "PLUGIN_NAME_TAKEN": Message(
        en="Two plugins are called {plugin!r}: that of {first} and that of {second}. Uninstall one, or rename it.",
        zh="有两个插件同名 {plugin}：分别来自 {first} 和 {second}。请卸载其中一个，或将其改名。",
    ),
    "PLUGIN_IMPORT_FAILED": Message(
        en="{file}:{line}: the plugin {plugin!r} could not be imported: {said}. Mend this line; until then this "
        "version does not run.",
        zh="{file}:{line}：无法导入插件 {plugin}：{said}。请修正此行，在此之前该版本不会运行。",
    ),
    # --- making and trying --------------------------------------------------------------------------------------
    "PLUGIN_NAME_INVALID": Message(
        en="{name!r} cannot be the name of a plugin: lower-case letters, digits and single underscores, beginning with a letter, "
        "2 to 31 characters.",
        zh="{name} 不能用作插件名称：须以小写字母开头，仅含小写字母、数字和单个下划线，2 至 31 个字符。",
    ),
    "FOLDER_TAKEN": Message(
        en="{folder} is there already, and is left as it is. Choose another name, or another folder with --output.",
        zh="{folder} 已存在，未作改动。请换一个名称，或用 --output 指定其他目录。",
    ),
    "FOLDER_UNWRITABLE": Message(
        en="{folder} could not be written ({said}). Choose another folder with --output.",
        zh="无法写入 {folder}（{said}）。请用 --output 指定其他目录。",
    ),
    "TEMPLATE_MISSING": Message(
        en="The template {kind!r} is missing from this installation of ucs-sdk. Install it again.",
        zh="此 ucs-sdk 缺少模板 {kind}，请重新安装。",
    ),
    "DEV_MISSING": Message(
        en="{what} is not installed. Install ucs-sdk[dev].", zh="尚未安装 {what}。请安装 ucs-sdk[dev]。"
    ),
    "TESTS_MISSING": Message(
        en="No tests were found in {folder}. Write one: tests/test_….py.",
        zh="{folder} 中没有测试。请编写 tests/test_….py。",
    ),
    "QUALITY_MISSING": Message(
        en="{file} is not there. Write one: a line such as `tier: bronze` says which tier the plugin claims.",
        zh="缺少 {file}。请新建该文件，用 `tier: bronze` 这样的一行声明等级。",
    ),
    "QUALITY_WRONG": Message(en="{file}:{line}: {problem}.", zh="{file}:{line}：{problem}。"),
    "FAKE_WITHOUT": Message(
        en="There is no {what!r} in a rehearsal. Test this with the whole platform: the fixture `city` of ucs-sdk[dev].",
        zh="简易测试环境中没有 {what}。请使用 ucs-sdk[dev] 的 city 夹具在完整平台中测试。",
    ),
    "HOLIDAYS_UNKNOWN": Message(
        en="Whether {day} is worked is not known: the holidays of {year} are not entered here. Known are {known}; give the "
        "calendar a year of your own, or upgrade ucs-sdk.",
        zh="无法确定 {day} 是否为工作日：此处没有 {year} 年的放假安排。已有 {known}；请为日历补充该年数据，或升级 ucs-sdk。",
    ),
    # --- hooks --------------------------------------------------------------------------------------------------
    "HOOK_UNKNOWN": Message(
        en="{file}:{line}: the plugin {plugin!r} has the function {hook}, and there is no such hook. The hooks are {known}.",
        zh="{file}:{line}：插件 {plugin} 中的函数 {hook} 不是钩子。可用的钩子为 {known}。",
    ),
    "HOOK_UNMARKED": Message(
        en="{file}:{line}: {hook} of the plugin {plugin!r} is not marked. Write @hookimpl above it.",
        zh="{file}:{line}：插件 {plugin} 的 {hook} 未加标记。请在其上方写 @hookimpl。",
    ),
    "HOOK_ARGUMENT": Message(
        en="{file}:{line}: the hook {hook} of the plugin {plugin!r} has no argument {argument!r}. Those that it has: {known}.",
        zh="{file}:{line}：插件 {plugin} 的钩子 {hook} 没有参数 {argument}。可用的参数为 {known}。",
    ),
    "HOOK_HINT": Message(
        en="{file}:{line}: the hook {hook} of the plugin {plugin!r}: {argument}: {problem}.",
        zh="{file}:{line}：插件 {plugin} 的钩子 {hook} 的 {argument}：{problem}。",
    ),
    "HOOK_FAILED": Message(
        en="{file}:{line}: the hook {hook} of the plugin {plugin!r} failed: {said}.",
        zh="{file}:{line}：插件 {plugin} 的钩子 {hook} 执行失败：{said}。",
    ),
    "HOOK_ANSWER": Message(
        en="{file}:{line}: the hook {hook} of the plugin {plugin!r} must return {expected}, and returned {given}.",
        zh="{file}:{line}：插件 {plugin} 的钩子 {hook} 应返回 {expected}，实际返回 {given}。",
    ),
    # --- what is declared and what is stated --------------------------------------------------------------------
    "CAPABILITY_FOREIGN": Message(
        en="{file}:{line}: the capability {name!r} belongs to the plugin {plugin!r}, so its name is {plugin!r} or begins with "
        "'{plugin}_'.",
        zh="{file}:{line}：能力 {name} 属于插件 {plugin}，其名称应为 {plugin} 或以 {plugin}_ 开头。",
    ),
    "PERMISSION_UNSTATED": Message(
        en="{file}:{line}: {name} needs the permission {permission!r}. Add it to `permissions` in {manifest}.",
        zh="{file}:{line}：{name} 需要权限 {permission}。请在 {manifest} 的 permissions 中加入。",
    ),
    "EVENT_UNSTATED": Message(
        en="{file}:{line}: the event {type!r} is not among `{field}` in {manifest}. Add it there.",
        zh="{file}:{line}：{manifest} 的 {field} 中没有事件 {type}。请在其中加入。",
    ),
    "EVENT_FOREIGN": Message(
        en="{file}:{line}: {type!r} is not an event of the plugin {plugin!r}: what it tells begins with 'city.{plugin}.'. If it "
        "asks something of another plugin, add it to `events_out` in the manifest.",
        zh="{file}:{line}：{type} 不是插件 {plugin} 的事件：它发出的事件应以 city.{plugin}. 开头。"
        "如需请求其他插件，请在清单的 events_out 中加入。",
    ),
    # --- plugins that fail --------------------------------------------------------------------------------------
    "PLUGIN_FAILED": Message(
        en="{object} failed: the plugin {plugin!r} stopped because of a fault of its own. The platform's log has the cause under "
        "the request's id.",
        zh="{object} 执行失败：插件 {plugin} 自身出现故障。原因见平台日志中该请求的记录。",
    ),
    "PLUGIN_TIMED_OUT": Message(
        en="{object} did not answer within {seconds} s, so the call to the plugin {plugin!r} was ended. Nothing of it took "
        "effect.",
        zh="{object} 在 {seconds} 秒内未应答，对插件 {plugin} 的调用已终止，未产生任何影响。",
    ),
    "PLUGIN_ANSWER_INVALID": Message(
        en="{object} failed: the plugin {plugin!r} answered with something else than it declared. {path}: {problem}.",
        zh="{object} 执行失败：插件 {plugin} 的应答与其声明不符。{path}：{problem}。",
    ),
    "PLUGIN_NOT_RUNNING": Message(
        en="{object} cannot be called now: the plugin {plugin!r} is not running. `ucs plugin list` says why.",
        zh="暂时无法调用 {object}：插件 {plugin} 未在运行。可用 `ucs plugin list` 查看原因。",
    ),
    "PERMISSION_MISSING": Message(
        en="The plugin {plugin!r} may not use this: it did not ask for the permission {permission!r}. Add it to `permissions` in "
        "its plugin.toml, and have the plugin enabled again.",
        zh="插件 {plugin} 不能使用此功能：未申请权限 {permission}。请在其 plugin.toml 的 permissions 中加入，并重新启用该插件。",
    ),
}

PLUGIN_PHRASES: dict[str, Message] = {
    "plugin-stands-at": Message(
        en="It waits at {file}:{line}. Wait with `await`, and at length only in ucs_run; a thread that hangs ends with the "
        "process alone, so start that again. ",
        zh="它停在 {file}:{line}。请用 await 等待，长时间等待只放在 ucs_run 中；挂起的线程须重启进程才会结束。",
    ),
    "plugin-stands-elsewhere": Message(
        en="It waits for something that did not come. ", zh="它在等待一直没有到来的内容。"
    ),
    # --- what is wrong with a function ----------------------------------------------------------------------------
    "signature-not-async": Message(
        en="write `async def`: the platform does other work while this waits",
        zh="请写成 async def：等待期间平台会处理其他工作",
    ),
    "arguments-context-only": Message(
        en="it takes the context alone: (ctx: Context)", zh="只应有上下文一个参数：(ctx: Context)"
    ),
    "arguments-context-and-one": Message(
        en="it takes the context and one model: (ctx: Context, asked: Model)",
        zh="应有上下文和一个模型两个参数：(ctx: Context, asked: Model)",
    ),
    "hint-not-context": Message(en="its hint is {hint}, and must be Context", zh="类型注解为 {hint}，应为 Context"),
    "hint-not-model": Message(
        en="its hint is {hint}, and must be a pydantic model of your own: a class that is a BaseModel",
        zh="类型注解为 {hint}，应为自己定义的 pydantic 模型（BaseModel 的子类）",
    ),
    "hint-not-event": Message(
        en="its hint is {hint}, and must be Event[Model], with a pydantic model of the event's data",
        zh="类型注解为 {hint}，应为 Event[Model]，其中 Model 是事件数据的 pydantic 模型",
    ),
    "hint-not-stream": Message(
        en="its hint is {hint}; a function that yields gives AsyncIterator[Model]",
        zh="类型注解为 {hint}；使用 yield 的函数应返回 AsyncIterator[Model]",
    ),
    "hint-stream-without-yield": Message(
        en="it says AsyncIterator, and nothing in the function yields", zh="注解为 AsyncIterator，但函数中没有 yield"
    ),
    "hint-not": Message(en="its hint is {hint}, and must be {expected}", zh="类型注解为 {hint}，应为 {expected}"),
    "hook-generates": Message(en="a hook returns and does not yield", zh="钩子应使用 return，不能使用 yield"),
    "argument-out-of-bounds": Message(en="it must be between {least} and {most}", zh="须在 {least} 与 {most} 之间"),
    "argument-not-one-of": Message(
        en="it is {value!r}, and must be one of {allowed!s}", zh="现为 {value}，只能取 {allowed!s}"
    ),
    # --- positions and working time -----------------------------------------------------------------------------
    "position-out-of-bounds": Message(
        en="{value} is not between -{most} and {most} degrees", zh="{value} 不在 -{most} 至 {most} 度之间"
    ),
    "ring-of-too-few": Message(
        en="a ring has {count} corners, and needs three", zh="环只有 {count} 个顶点，至少需要三个"
    ),
    "hours-not-in-order": Message(
        en="working hours are pairs of times in order, each beginning before it ends",
        zh="工作时段须按先后排列，且开始早于结束",
    ),
    "duration-negative": Message(en="it must not be negative", zh="不能为负"),
    "moment-without-zone": Message(en="it has no time zone; say UTC or +08:00", zh="没有时区；请注明 UTC 或 +08:00"),
    # --- what is wrong with an event ------------------------------------------------------------------------------
    "attribute-missing": Message(en="it must be there, and not empty", zh="不能缺少或为空"),
    "attribute-not-text": Message(en="it must be text", zh="须为文本"),
    "attribute-not-a-time": Message(
        en="{value!r} is not a time with its zone, such as 2026-01-31T08:00:00Z",
        zh="{value} 不是带时区的时间（如 2026-01-31T08:00:00Z）",
    ),
    "attribute-name": Message(
        en="names have 1 to 20 lower-case letters and digits", zh="属性名须为 1 至 20 个小写字母或数字"
    ),
    # --- what is wrong with a manifest or a folder --------------------------------------------------------------------
    "manifest-not-toml": Message(en="it is not TOML ({said})", zh="不是合法的 TOML（{said}）"),
    "manifest-not-there": Message(en="it is not there, or it may not be opened", zh="文件不存在或无法打开"),
    "manifest-too-large": Message(en="it has more than {most} bytes", zh="超过 {most} 字节"),
    "manifest-not-utf": Message(en="it is not in UTF-8", zh="不是 UTF-8 编码"),
    "manifest-name": Message(
        en="{value!r} is not a name of lower-case letters, digits and underscores, 2 to 31 of them, beginning with a letter",
        zh="{value} 不是以小写字母开头、由 2 至 31 个小写字母、数字和下划线组成的名称",
    ),
    "manifest-event": Message(
        en="{value!r} is no type of event, such as 'city.<plugin>.<what>.v1'",
        zh="{value} 不是事件类型（如 city.<插件>.<事件>.v1）",
    ),
    "manifest-default": Message(en="the default is not of the type {type!r}", zh="default 的类型不是 {type}"),
    "manifest-value": Message(en="{value} does not fit ({said})", zh="{value} 不合要求（{said}）"),
    "folder-without-project": Message(en="it has no pyproject.toml", zh="没有 pyproject.toml"),
    "folder-project-malformed": Message(
        en="its pyproject.toml cannot be read ({said})", zh="无法读取 pyproject.toml（{said}）"
    ),
    "folder-without-entry": Message(
        en="its pyproject.toml does not name just one entry point under [project.entry-points.{group!r}]",
        zh="pyproject.toml 的 [project.entry-points.{group!r}] 下应恰好有一个入口点",
    ),
    "folder-entry-malformed": Message(
        en="its entry point {value!r} is not the name of a module", zh="其入口点 {value} 不是模块名"
    ),
    "folder-without-package": Message(
        en="its entry point names the package {package!r}, which is neither in src nor beside it",
        zh="入口点所指的包 {package} 既不在 src 中，也不在该目录下",
    ),
    "answer-of-type": Message(en="it is of the type {type}", zh="其类型为 {type}"),
    "answer-not-of-type": Message(
        en="it is of the type {type}, and {expected} is declared", zh="其类型为 {type}，而声明的是 {expected}"
    ),
    "hint-none": Message(en="nothing", zh="未填写"),
    "arguments-none": Message(en="none", zh="无"),
}
