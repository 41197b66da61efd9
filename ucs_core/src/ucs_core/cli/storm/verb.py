"""The verb: reads the command line, has the story played, and tells what it came to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import uvloop

from ucs_core.cli.output import Output
from ucs_core.cli.storm.story import Outcome, Story, play
from ucs_core.cli.verb import Verb, choice, number, run
from ucs_core.demo.storms import storms
from ucs_core.profile import profile_path, read_profile
from ucs_sdk.commands import Command, CommandGroup, Exit, say
from ucs_sdk.errors import FailedPrecondition

SPEED, SPEED_MOST = 60, 1_200
SEED, SEED_MOST = 20220915, 2**32 - 1


def commands() -> list[Command]:
    """What the platform adds to `ucs sim`."""
    return [
        Command(
            name="storm",
            summary_en="two storms over the demo city, from rising water to closed cases",
            summary_zh="演示城市的两场暴雨：从积水上涨到案件办结",
            run=storm,
            group=CommandGroup.RUN,
        )
    ]


def storm(args: Sequence[str]) -> int:
    """`ucs sim storm`."""
    return run(storm_verb(), args, path="ucs sim storm")


def storm_verb() -> Verb:
    """The verb itself."""
    return Verb(
        "storm",
        _storm,
        [
            number(
                "--seed",
                say("what sensors scatter and citizens call by; the default is a day", "随机种子"),
                least=0,
                most=SEED_MOST,
                default=SEED,
            ),
            number(
                "--speed",
                say(
                    "how many times faster than it came: 60, the default, plays two hours in two minutes",
                    "加速倍数，默认 60：两小时的故事演两分钟",
                ),
                least=1,
                most=SPEED_MOST,
                default=SPEED,
            ),
            choice(
                "--storm", say("only this one; else both", "只演其中一场，缺省为两场"), [each.id for each in storms()]
            ),
        ],
        summary=say(
            "Play two storms over the demo city against a running `ucs demo`: sensors and citizens report rising water, events "
            "become one case for each place, and people see to them until they are closed. The last line of standard output "
            "is one JSON object with what the platform says it came to.",
            "对正在运行的 `ucs demo` 演示两场暴雨：传感器和市民上报积水，一处积水一个案件，直至办结。"
            "标准输出的最后一行是 JSON，统计取自平台自身的应答。",
        ),
        examples=["ucs sim storm", "ucs sim storm --speed 120 --seed 7", "ucs sim storm --json"],
    )


def _storm(output: Output, seed: int, speed: int, storm: str | None) -> int:
    profile = read_profile()
    if profile is None:
        raise FailedPrecondition("STORM_NO_DEMO", file=str(profile_path()))
    chosen = tuple(each for each in storms() if storm in (None, each.id))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(play(output, profile, Story(chosen, seed, speed)))
    if not output.as_json:
        _tell_end(output, outcome)
    # The one line for machines comes in either way of telling.
    Output(as_json=True).record({**outcome.counted._asdict(), "seed": seed})
    return Exit.REFUSED if outcome.counted.lost or outcome.counted.doubled else Exit.OK


def _tell_end(output: Output, outcome: Outcome) -> None:
    counted, took = outcome.counted, outcome.counted.detection_to_dispatch_p99_s
    output.line("")
    output.line(
        say(
            f"{counted.events} events, {counted.cases} cases: {counted.dispatched} dispatched, {counted.closed} closed; "
            f"{counted.lost} lost, {counted.doubled} doubled.",
            f"{counted.events} 个事件，{counted.cases} 个案件：派遣 {counted.dispatched}，结案 {counted.closed}；"
            f"遗漏 {counted.lost}，重复 {counted.doubled}。",
        )
    )
    output.line(
        say(
            f"From the first word to the dispatched case: {took} s (p99, wall time).",
            f"从首次发现到派遣：{took} 秒（p99，真实时间）。",
        )
    )
    if outcome.away:
        output.line(
            say(
                f"The platform was away for {outcome.away:.1f} s at most.",
                f"平台最长中断 {outcome.away:.1f} 秒，其间内容均已补发。",
            )
        )
