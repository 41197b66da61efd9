"""What is said of documents that are asked for by their hash."""

from ucs_sdk.wording.message import Message

DOCUMENTS: dict[str, Message] = {
    "PERSISTED_QUERY_NOT_FOUND": Message(
        en="No document with the hash {hash} is kept here. Send its text along with the hash, once.",
        zh="此处没有保存哈希为 {hash} 的查询文档。请将文档全文与哈希一并再发送一次。",
    ),
    "PERSISTED_QUERY_MISMATCH": Message(
        en="The document's SHA-256 is {found}, not {sent} as sha256Hash says. Hash the text exactly as it is sent.",
        zh="查询文档的 SHA-256 为 {found}，与 sha256Hash 中的 {sent} 不符。请对实际发送的文本计算哈希。",
    ),
    "PERSISTED_QUERY_HASH": Message(
        en="sha256Hash is {sent!r}; a hash has 64 digits from 0 to 9 and a to f.",
        zh="sha256Hash 为“{sent}”；哈希应为 64 位十六进制小写数字（0–9、a–f）。",
    ),
    "PERSISTED_QUERY_VERSION": Message(
        en="persistedQuery states version {sent}; version 1 is spoken here.",
        zh="persistedQuery 声明的版本为 {sent}；此处只支持版本 1。",
    ),
    "DOCUMENT_FILE_INVALID": Message(
        en="{file} holds no document that can be asked here: {problem}. Correct the file, or take it out of the folder.",
        zh="文件 {file} 中的查询文档无法使用：{problem}。请更正该文件，或将其移出文件夹。",
    ),
    "DOCUMENTS_UNREADABLE": Message(
        en="The documents in the folder {folder!r} cannot be read. Name a folder of files *.graphql in UTF-8.",
        zh="无法读取文件夹“{folder}”中的查询文档。请指定存放 UTF-8 编码 *.graphql 文件的文件夹。",
    ),
    "DOCUMENT_FILE_UNREADABLE": Message(
        en="{file} cannot be read as text in UTF-8. Correct the file, or take it out of the folder.",
        zh="无法将文件 {file} 作为 UTF-8 文本读取。请更正该文件，或将其移出文件夹。",
    ),
}
