"""What is said by the client of the SDK, in the applications that use it."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

CLIENT: dict[str, Message] = {
    "CLIENT_EXTRA_MISSING": Message(
        en="The client needs {module}, which is not installed here: install ucs-sdk[client].",
        zh="客户端需要 {module}，此处未安装：请安装 ucs-sdk[client]。",
    ),
    "CLIENT_CLOSED": Message(
        en="This client of {address} was closed. Make another one.", zh="连接 {address} 的客户端已关闭，请新建客户端。"
    ),
    "CLIENT_OUTDATED": Message(
        en="The platform answers with {value!r} for {path}, which this release of ucs-sdk does not know. Upgrade it.",
        zh="平台返回的 {path} 为 {value}，当前版本的 ucs-sdk 无法识别，请升级。",
    ),
    "TOKEN_IN_THE_CLEAR": Message(
        en="The token was not sent: it would go to {address} in the clear. Ask for TLS (tls=True, or the file of an "
        "authority), or say in_the_clear=True where the way there is guarded otherwise.",
        zh="未发送令牌：它将以明文发往 {address}。请启用 TLS（tls=True 或指定证书颁发机构文件）；"
        "若线路另有保护，可指定 in_the_clear=True。",
    ),
    "PLATFORM_OUT_OF_REACH": Message(
        en="{address} does not answer, or broke off ({problem}). Check the address and try again; what changes something "
        "may have taken effect, so repeat it with the same request id.",
        zh="{address} 没有响应或连接中断（{problem}）。请检查地址后重试；变更类调用可能已生效，重试时请使用同一请求号。",
    ),
    "ANSWER_OF_OTHER_SHAPE": Message(
        en="{object} has answered, but its answer does not fit the model {model}, beginning at {path}. Compare the model with "
        "the operation's output_schema.",
        zh="{object} 已应答，但应答从 {path} 起与模型 {model} 不符。请与该操作的 output_schema 比对。",
    ),
}
