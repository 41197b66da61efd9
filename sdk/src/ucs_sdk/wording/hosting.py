"""What is said about what plugins bring, admit, keep and serve."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

HOSTING: dict[str, Message] = {
    "BLOB_TOO_LARGE": Message(
        en="A file of {size} bytes is too large: {most} are kept at most. Cut it, or keep it elsewhere and name its place.",
        zh="文件大小 {size} 字节超出上限 {most} 字节。请拆分，或存放于别处并记录其位置。",
    ),
    "MEDIA_TYPE_MALFORMED": Message(
        en="{media_type!r} is no media type. Write it as image/png, in lower case.",
        zh="{media_type} 不是合法的媒体类型。请写成 image/png，全部小写。",
    ),
    "BLOB_DAMAGED": Message(
        en="What is kept of the file {digest} is not what it was. It is not given out; restore the database from a backup.",
        zh="文件 {digest} 的留存内容已与原样不符，不予提供。请从备份恢复数据库。",
    ),
    "CHANGE_NOT_ADMITTED": Message(
        en="A check of the plugin {plugin} does not admit this. {objections}. Nothing was changed; mend it and try again.",
        zh="未通过插件 {plugin} 的准入检查。{objections}。未作任何更改，请修正后重试。",
    ),
    "ADMISSION_CONTENDED": Message(
        en="While plugins were asked, what {verb!s} is about was changed {attempts} times. Nothing was changed; try again.",
        zh="插件准入检查期间，{verb!s} 所涉内容被修改了 {attempts} 次。未作任何更改，请重试。",
    ),
    "INVOKE_IN_ADMISSION": Message(
        en="A check that admits changes calls no operations, such as {object!s}: it would be asked about what they change.",
        zh="准入检查不能调用 {object!s} 等操作：否则会就其更改再次被询问。",
    ),
    "PLUGIN_TYPE_TAKEN": Message(
        en="There is a type {type!s} that the plugin {plugin} has not brought, and that says something else. Rename its own.",
        zh="类型 {type!s} 已存在且内容不同，并非由插件 {plugin} 带来。请为该插件的类型改名。",
    ),
}

HOSTING_PHRASES: dict[str, Message] = {
    "health-unanswered": Message(en="its health check failed or did not answer", zh="健康检查失败或未应答"),
    "objection": Message(en="{path}: {said} ({plugin})", zh="{path}：{said}（{plugin}）"),
}
