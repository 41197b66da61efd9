"""What is said about the log as audit: checkpoints, proofs, exports."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

LOG: dict[str, Message] = {
    "LOG_ROLLED_BACK": Message(
        en="Nothing was written: the log in the database, {position} entries long, does not continue what this platform has "
        "signed of it, {signed} entries. It was put back to an earlier state or edited. Compare it with a checkpoint that is "
        "kept elsewhere (`ucs log verify`), and restore the database that belongs to it.",
        zh="未写入任何内容：数据库中的日志（共 {position} 条）与本平台已签名的日志（{signed} 条）不衔接，"
        "可能被恢复到旧状态或被改动。请用别处保存的检查点核对（`ucs log verify`），并恢复相应的数据库。",
    ),
    "LOG_CHECKPOINT_UNTRUSTED": Message(
        en="Nothing can be written: no log key of this platform has signed the last checkpoint in the database. Put the earlier "
        "keys back into the log's key file, or the public key of one that is lost; see that UCS_ORIGIN is what it was; or "
        "find out who wrote the checkpoint.",
        zh="无法写入：数据库中最后一个检查点不是由本平台的日志密钥签名的。请把原有密钥放回日志密钥文件"
        "（已丢失的放入其公钥），核对 UCS_ORIGIN 未变，或查明该检查点的来源。",
    ),
    "LOG_ENTRIES_UNSIGNED": Message(
        en="The log in the database is {position} entries long, and a log key of this platform has signed only {signed} of them: "
        "somebody wrote the others past the platform. Nothing more is written to it or exported from it. Find out who it was, "
        "and restore the database.",
        zh="数据库中的日志共 {position} 条，而本平台的日志密钥只签名了 {signed} 条，其余系绕过平台写入。"
        "在查明来源并恢复数据库之前，不再写入或导出。",
    ),
    "LOG_INCOMPLETE": Message(
        en="The log in the database lacks entries that its checkpoints are over, so this cannot be proved: somebody took them "
        "out past the platform. Export the log, find out where with `ucs log verify`, and restore the database.",
        zh="数据库中的日志缺少检查点所覆盖的条目，无法出具证明：有人绕过平台删除了条目。"
        "请导出日志，用 `ucs log verify` 查明位置，并恢复数据库。",
    ),
    "LOG_KEY_NEEDED": Message(
        en="Nothing was written: the log of this database is signed, and this process has no key to go on with. Name the "
        "platform's with UCS_LOG_KEY_FILE.",
        zh="未写入任何内容：该数据库的日志带有签名，而本进程没有日志密钥。请用 UCS_LOG_KEY_FILE 指定本平台的密钥文件。",
    ),
    "LOG_UNSIGNED": Message(
        en="Nothing of the log has been signed yet, so there is nothing to prove it by. The first change that this platform "
        "accepts or refuses with a log key signs it.",
        zh="日志尚未签名，无法出具证明。平台配置日志密钥后，下一次写入即会签名。",
    ),
    "LOG_COMPACTED_MEANWHILE": Message(
        en="While the log was exported, bodies up to position {upto} were dropped from it. Begin the export anew.",
        zh="导出期间，日志中位置 {upto} 及之前的正文被清除。请重新导出。",
    ),
    "LOG_NOT_AS_SEEN": Message(
        en="Nothing is served or written: {file} holds a checkpoint over {signed} entries of the log, and the log in the "
        "database, {position} entries long, does not contain them. It was put back to an earlier state, edited, or is "
        "another database. Restore the one that belongs to the file; where the loss is known and accepted, move the file "
        "away and keep it as evidence.",
        zh="不提供服务，也不写入：{file} 中的检查点覆盖日志 {signed} 条，而数据库中的日志（{position} 条）并不包含它们，"
        "可能被恢复到旧状态、被改动，或不是同一个数据库。请恢复与该文件相应的数据库；"
        "若已知并接受该损失，请移走该文件并留作证据。",
    ),
    "FILE_UNWRITABLE": Message(en="{file} cannot be written: {problem}.", zh="无法写入 {file}：{problem}。"),
    "LOG_CHECKPOINTS_UNREADABLE": Message(
        en="Nothing is served or written: {file} should hold checkpoints of the log, and holds something else. Put the right "
        "file there, or name another with UCS_CHECKPOINT_FILE.",
        zh="不提供服务，也不写入：{file} 应存放日志检查点，但内容不符。请放回正确的文件，或用 UCS_CHECKPOINT_FILE 指定其他文件。",
    ),
}
