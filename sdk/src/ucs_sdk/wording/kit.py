"""What is said by the test kit."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

KIT: dict[str, Message] = {
    "TEST_HOST_MISSING": Message(
        en="The fixture `city` needs the platform, which is not installed here: install ucs-sdk[dev].",
        zh="夹具 city 需要平台，此处未安装：请安装 ucs-sdk[dev]。",
    ),
}
