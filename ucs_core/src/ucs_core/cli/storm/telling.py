"""What is told of a storm while it goes on: one calm line for each thing that happens, in the reader's language.

With `--json` the lines go to standard error, and standard output holds the summary alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.cells import set_cell_size
from rich.console import RenderableType
from rich.text import Text

from ucs_core.cli.output import Output
from ucs_core.demo.storms import Spot, Storm
from ucs_sdk.commands import say

PLACE_CELLS = 36
"""How wide the column of places is."""

COLOURS = {
    "blue": ("no water", "无积水", "blue"),
    "yellow": ("yellow", "黄", "yellow"),
    "red": ("red", "红", "red"),
    "unknown": ("not measured", "未测深", "dim"),
}
LIGHTS = {"green": ("green", "绿灯", "green"), "yellow": ("yellow", "黄灯", "yellow"), "red": ("red", "红灯", "red")}
STATES = {
    "reported": ("reported", "已上报"),
    "verifying": ("being verified", "核实中"),
    "accepted": ("accepted", "已受理"),
    "filed": ("filed", "已立案"),
    "dispatched": ("dispatched", "已派遣"),
    "disposing": ("being handled", "处置中"),
    "checking": ("being checked", "核查中"),
    "closed": ("closed", "已结案"),
    "rejected": ("refused", "不予受理"),
    "voided": ("voided", "已作废"),
}


class Telling:
    """The teller of one storm. `clock` is that of the story, and stands before each line."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.units: Mapping[str, str] = {}
        self.clock = "     "

    def title(self, speed: int, seed: int, minutes: int) -> None:
        """What is about to be played, how fast, and what of it is real."""
        seconds = round(minutes * 60 / speed)
        self._line(
            say(
                f"A storm over the city: {minutes} minutes in about {seconds} s (speed {speed}, seed {seed}).",
                f"城市上空的暴雨：{minutes} 分钟的故事，约 {seconds} 秒（速度 {speed}，种子 {seed}）。",
            ),
            "bold",
        )
        self._line(
            say(
                "Only the story runs faster. The platform's time is real: the clocks and lights of the cases go by it.",
                "加速的只是故事；平台时间为真实时间，案件的时限与红黄绿灯以它为准。",
            )
        )
        self._line(
            say(
                "Cited: names of points, what is marked with “. Synthetic: positions, and all depths but the cited ones.",
                "引用：点位名称及“标记的内容。合成：位置，以及未引用的全部水深。",
            )
        )

    def storm(self, storm: Storm) -> None:
        """Which storm begins."""
        self._line("")
        self._line(say(f"── {storm.en}", f"── {storm.zh}"), "bold")
        self._line(f"   {storm.source}", "dim")

    def fact(self, zh: str, en: str) -> None:
        """What the source tells of this minute."""
        self._show(Text.assemble((self.clock, "dim"), "  “ ", (say(en, zh), "italic")))

    def place(self, spot: Spot, depth: float | None, colour: str) -> None:
        """A place's water has another colour."""
        en, zh, style = COLOURS[colour]
        shown = say("  – cm", "  – 厘米") if depth is None else f"{depth:5.0f} {say('cm', '厘米')}"
        self._show(
            Text.assemble((self.clock, "dim"), "  ", self._name(spot), f"{shown}  ", (f"■ {say(en, zh)}", style))
        )

    def case(self, spot: Spot, case: Mapping[str, Any]) -> None:
        """A case stands elsewhere."""
        state, light = say(*STATES[case["state"]]), LIGHTS[case["light"]]
        unit = self.units.get(case["unit"], case["unit"])
        behind = f" → {unit}" if unit and case["state"] == "dispatched" else ""
        self._show(
            Text.assemble(
                (self.clock, "dim"),
                "  ",
                self._name(spot),
                "          ",
                ("● ", light[2]),
                (case["case"], "cyan"),
                f" {state}{behind}",
            )
        )

    def counts(
        self, colours: Mapping[str, int], states: Mapping[str, int], lights: Mapping[str, int], level: str | None
    ) -> None:
        """How the city stands: how many places are of which colour, and how many cases stand where and show which light."""
        wet, red = colours.get("yellow", 0) + colours.get("red", 0), colours.get("red", 0)
        listed = [f"{say(*name)} {states[state]}" for state, name in STATES.items() if states.get(state)]
        water = say(f"{wet} places under water, {red} red · ", f"{wet} 处积水，{red} 处红色 · ")
        cases = say(", ", "，").join(listed) or say("no case", "无案件")
        shown = [(f" ● {lights.get(name, 0)}", style) for name, (_, _, style) in LIGHTS.items()]
        proposed = say(f"  proposed level {level.upper()}", f"  建议响应等级 {level.upper()}") if level else ""
        self._show(Text.assemble((self.clock, "dim"), "  ", (f"{water}{cases} ·", "bold"), *shown, proposed))

    def away(self, seconds: float | None) -> None:
        """The platform does not answer, or does again after so long."""
        if seconds is None:
            text = say(
                "The platform does not answer; what is to be said waits, and is sent again.",
                "平台没有应答；待发内容将保留并重发。",
            )
        else:
            text = say(f"The platform answers again after {seconds:.1f} s.", f"平台已恢复应答，中断 {seconds:.1f} 秒。")
        self._line(f"{self.clock}  {text}", "yellow")

    def end(self, text: str, style: str = "bold") -> None:
        """What it has come to."""
        self._line(text, style)

    def _name(self, spot: Spot) -> str:
        return set_cell_size(say(spot.en, spot.zh), PLACE_CELLS)

    def _line(self, text: str, style: str = "") -> None:
        self._show(Text(text, style))

    def _show(self, text: RenderableType) -> None:
        if self._output.as_json:
            self._output.note(str(text))
        else:
            self._output.show(text)
            self._output.flush()
