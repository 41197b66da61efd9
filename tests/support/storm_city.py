"""A city for storms in a process of its own: the demo's people and capabilities on few organisations, which may be killed.

`StormCity(folder)` starts one; `kill` ends it as a power cut of the process would, and `start` goes on with the same database
at the same addresses. Run as a script it is that process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ucs_core.profile import Profile

START_SECONDS = 60.0


class StormCity:
    """A platform with its process. `profile` says where it answers and which tokens it gave out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._addresses = ["127.0.0.1:0", "127.0.0.1:0"]
        self._process: subprocess.Popen[str] | None = None
        self.profile = self.start()

    def start(self) -> Profile:
        """Start, and wait until it serves."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        with (self.folder / "node.log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(self.folder), *self._addresses], stdout=log, stderr=log, text=True
            )
        until = time.monotonic() + START_SECONDS
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "node.log").read_text())
            time.sleep(0.02)
        told = json.loads(ready.read_text())
        self._addresses = [told["http"], told["grpc"]]
        tokens = str(self.folder / "tokens.json")
        return Profile(http=told["http"], grpc=told["grpc"], data=str(self.folder), tokens_file=tokens)

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> None:
        """End it as an administrator does."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()


def few_organizations() -> Iterator[object]:
    """The organisations of the demo's people and units, with those above them, parents first."""
    from ucs_core.demo.organizations import organizations
    from ucs_core.demo.personas import principals

    tree = {each.id: each for each in organizations()}
    wanted = {"qingdao-traffic-police"} | {person.organization for person in principals() if person.organization}
    needed: set[str] = set()
    for id in wanted:
        above: str | None = id
        while above is not None and above not in needed:
            needed.add(above)
            above = tree[above].parent
    return (each for each in tree.values() if each.id in needed)


def main(folder: Path, http: str, grpc: str) -> None:
    """Serve until the end of the process."""
    import uvloop

    from ucs_core.app import serve
    from ucs_core.demo.capabilities import enter_capabilities
    from ucs_core.demo.personas import ADMINISTRATOR, principals
    from ucs_core.demo.seed import enter_people, write_tokens
    from ucs_core.grpc.client import import_organizations
    from ucs_core.platform import system_clock
    from ucs_core.platform.founding import found
    from ucs_core.settings import Settings
    from ucs_registry.sql.migrations import upgrade

    database = folder / "ucs.db"
    fresh = not (folder / "complete").exists()
    settings = Settings(
        database_url=f"sqlite:///{database}", http=http, grpc=grpc, key_file=folder / "key.pem", origin="storm"
    )
    upgrade(settings.database_url)

    async def when_started(node):
        if fresh:
            tree = list(few_organizations())
            administrator = next(each for each in principals() if each.id == ADMINISTRATOR)
            await found(node.store, system_clock, "storm", tree[:2], administrator)
            plain = [each.model_dump(mode="json", exclude_none=True) for each in tree[2:]]
            token = node.issuer.issue(ADMINISTRATOR, lifetime=__import__("datetime").timedelta(hours=1))
            async for _ in import_organizations(node.grpc, token, iter([plain])):
                pass
            await enter_people(node)
            await enter_capabilities(node)
            (folder / "complete").touch()
        write_tokens(node, folder / "tokens.json")
        draft = folder / "ready.part"
        draft.write_text(json.dumps({"http": node.http, "grpc": node.grpc}))
        draft.replace(folder / "ready.json")

    uvloop.run(serve(settings, when_started))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
