"""What is said of how good a plugin is: `quality.yaml`, the rules, and what keeps a plugin from holding them."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

QUALITY_PHRASES: dict[str, Message] = {
    # --- quality.yaml, and the rules ----------------------------------------------------------------------------
    "quality-line": Message(
        en="this line is not taken here; write `rule: done`, `rule: todo`, or `status` and `reason` below the rule",
        zh="不支持此行的写法；请写成 `规则: done`、`规则: todo`，或在规则下写 `status` 和 `reason`",
    ),
    "quality-tier-missing": Message(en="it states no tier", zh="未声明 tier"),
    "quality-rule-unknown": Message(en="there is no rule {rule!r}", zh="没有规则 {rule}"),
    "quality-rule-place": Message(
        en="the rule {rule!r} stands outside of `rules`, or twice", zh="规则 {rule} 不在 rules 之下，或重复出现"
    ),
    "quality-reason-missing": Message(
        en="the rule {rule!r} is exempt, and nobody says why: add a `reason`",
        zh="规则 {rule} 被豁免但没有说明：请补充 reason",
    ),
    "rule-loads": Message(en="the manifest and every hook are sound", zh="清单与各钩子均正确"),
    "rule-tests": Message(en="there are tests", zh="有测试"),
    "rule-two-languages": Message(en="titles are in Chinese and English", zh="标题有中英文"),
    "rule-described": Message(en="every function that is declared has a docstring", zh="所声明的函数均有说明"),
    "rule-fields-described": Message(
        en="every field has a Chinese title and a description", zh="每个字段均有中文标题和说明"
    ),
    "rule-bounded-inputs": Message(en="inputs are bounded", zh="输入均有上限"),
    "rule-permissions-exact": Message(en="permissions are those that are used", zh="所申请的权限与所使用的一致"),
    "rule-sdk-only": Message(en="imports are the SDK's and those declared", zh="只导入 SDK 和已声明的依赖"),
    "rule-platform-time": Message(en="time comes from ctx.clock", zh="时间取自 ctx.clock"),
    "rule-all-tested": Message(
        en="tests name every operation, handler and schedule", zh="测试覆盖每个操作、处理函数和定时任务"
    ),
    "rule-examples": Message(en="every operation has an example that is valid", zh="每个操作均有有效的示例"),
    "rule-changelog": Message(en="CHANGELOG.md names the version", zh="CHANGELOG.md 记录了当前版本"),
    "finding-no-test": Message(en="there is no test function in tests/test_*.py", zh="tests/test_*.py 中没有测试函数"),
    "finding-one-language": Message(
        en="{name} is not titled in both languages: Chinese in `zh`, English in `en`",
        zh="{name} 的标题不全：zh 应为中文，en 应为英文",
    ),
    "finding-undescribed": Message(en="{name} has no docstring", zh="{name} 没有文档字符串"),
    "finding-field": Message(
        en="{field} needs a title in Chinese and a description: Field(title=…, description=…)",
        zh="{field} 缺少中文标题或说明：Field(title=…, description=…)",
    ),
    "finding-unbounded": Message(
        en="{field} takes any amount; give it max_length, a pattern or an enumeration",
        zh="{field} 没有上限；请给出 max_length、pattern 或枚举",
    ),
    "finding-permission-unstated": Message(
        en="`{name}` needs the permission {permission!r}, which the manifest does not ask for",
        zh="{name} 需要权限 {permission}，清单中没有申请",
    ),
    "finding-permission-unused": Message(
        en="the permission {permission!r} is asked for, and nothing uses it", zh="申请了权限 {permission}，但没有使用"
    ),
    "finding-platform-import": Message(
        en="{name} is not for plugins: it changes without notice. Use what ucs_sdk offers",
        zh="插件不能导入 {name}：它随时可能变化。请使用 ucs_sdk",
    ),
    "finding-undeclared-import": Message(
        en="{name} is imported, and pyproject.toml does not name it under `dependencies`",
        zh="导入了 {name}，但 pyproject.toml 的 dependencies 中没有它",
    ),
    "finding-clock": Message(
        en="`{name}` is not the platform's clock; use ctx.clock, which tests can set",
        zh="{name} 不是平台时钟；请使用可在测试中设定的 ctx.clock",
    ),
    "finding-untested": Message(en="no test names {name}", zh="没有测试涉及 {name}"),
    "finding-no-example": Message(
        en="{name} has no example: Field(examples=[…]) for every field that is required",
        zh="{name} 没有示例：请为必填字段给出 Field(examples=[…])",
    ),
    "finding-bad-example": Message(en="the example of {name} is not valid ({said})", zh="{name} 的示例无效（{said}）"),
    "finding-changelog": Message(en="it does not name the version {version}", zh="其中没有版本 {version}"),
}
