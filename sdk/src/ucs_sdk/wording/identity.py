"""What is said about tokens, issuers and keys."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

IDENTITY: dict[str, Message] = {
    "TOKEN_MISSING": Message(
        en="This call needs a bearer token. Send 'Authorization: Bearer <token>'; `ucs token` prints one.",
        zh="此调用需要令牌。请发送 “Authorization: Bearer <令牌>”，可用 `ucs token` 取得。",
    ),
    "TOKEN_MALFORMED": Message(
        en="What was sent as a token is none. Ask for one with `ucs token`.",
        zh="所发送的内容不是有效格式的令牌。请用 `ucs token` 获取。",
    ),
    "TOKEN_UNTRUSTED": Message(
        en="The token was not signed by an issuer that is trusted here. Ask for a new one with `ucs token`.",
        zh="令牌并非由本平台信任的签发方签发。请用 `ucs token` 重新获取。",
    ),
    "TOKEN_CLAIM_INVALID": Message(
        en="The token's claim {claim!r} is missing or not meant for this platform. Ask for a new one with `ucs token`.",
        zh="令牌的声明 {claim} 缺失或不适用于本平台。请用 `ucs token` 重新获取。",
    ),
    "TOKEN_LIFETIME_INVALID": Message(
        en="The token is made to live longer than the {hours} hours allowed here. Ask for a shorter one with `ucs token`.",
        zh="令牌的有效期超过本平台允许的 {hours} 小时。请用 `ucs token` 获取有效期更短的令牌。",
    ),
    "ISSUER_IS_OURS": Message(
        en="{issuer} is the platform's own issuer: its tokens name principals and need no binding. Name an identity provider.",
        zh="{issuer} 是本平台自身的签发方，其令牌直接指明主体，无需绑定。请指明身份提供方。",
    ),
    "TOKEN_EXPIRED": Message(
        en="The token has expired. Ask for a new one with `ucs token`.",
        zh="令牌已过期。请用 `ucs token` 重新获取。",
    ),
    "TOKEN_NOT_YET_VALID": Message(
        en="The token is not valid yet. Compare this machine's clock with the issuer's, or ask for a new one with `ucs token`.",
        zh="令牌尚未生效。请核对本机与签发方的时钟，或用 `ucs token` 重新获取。",
    ),
    "TOKEN_REVOKED": Message(
        en="The token counts no more: it, its key or its subject was revoked. Ask for a new one with `ucs token`.",
        zh="令牌已失效：令牌本身、其签名密钥或其身份绑定已被撤销。请用 `ucs token` 重新获取。",
    ),
    "SUBJECT_UNKNOWN": Message(
        en="The token is sound, but whom it is about is no principal of this platform. Ask a platform administrator to bind "
        "it with `ucs principal bind`.",
        zh="令牌有效，但其身份未绑定到本平台的任何主体。请联系平台管理员用 `ucs principal bind` 绑定。",
    ),
    "ISSUER_UNREACHABLE": Message(
        en="The issuer {issuer!r} of the token cannot be asked for its keys now, so nobody can tell whether the token is "
        "sound. Try again later; tell the platform's operator if it lasts.",
        zh="目前无法向令牌的签发方 {issuer} 获取公钥，因此无法核验令牌。请稍后重试；如持续出现，请联系平台运维人员。",
    ),
    "KEY_FILE_EXPOSED": Message(
        en="The signing key {path!r} may be read by others than its owner. Run `chmod 600` on it. If it may have been "
        "copied, also make a new one (`ucs key rotate`, with --log for the log's) and revoke a token key (`ucs key revoke`).",
        zh="签名密钥 {path} 可被所有者以外的用户读取，请执行 `chmod 600`。若可能已泄露，还须更换密钥（`ucs key rotate`，"
        "日志密钥加 --log），并撤销令牌密钥（`ucs key revoke`）。",
    ),
    "KEY_SIGNS": Message(
        en="Nothing was revoked: {key} still signs new tokens ({path!r}), and none of them would count. Make another key "
        "first: `ucs key rotate`.",
        zh="未撤销任何密钥：{key} 仍用于签发新令牌（{path}），撤销后新令牌也将失效。请先更换密钥：`ucs key rotate`。",
    ),
    "KEY_RING_FULL": Message(
        en="{path!r} holds {most} keys already, so none was added. Take out those that need not be trusted any longer.",
        zh="{path} 中已有 {most} 个密钥，未添加新密钥。请移除不再需要信任的密钥。",
    ),
    "KEY_FILE_INVALID": Message(
        en="{path!r} does not begin with an Ed25519 private key in PEM. Restore it from a copy. Without it a new one is made, "
        "and neither the tokens nor the log that it has signed are trusted any longer.",
        zh="{path} 的开头不是 PEM 格式的 Ed25519 私钥。请从备份恢复。若移除该文件，将生成新密钥，"
        "由原密钥签名的令牌和日志不再受信任。",
    ),
    "PRINCIPAL_UNKNOWN": Message(
        en="The token names a principal that does not exist here or is disabled. Ask a platform administrator.",
        zh="令牌所指的主体在本平台不存在或已停用，请联系平台管理员。",
    ),
}
