"""What is said about places, times and questions of many parts."""

from __future__ import annotations

from ucs_sdk.wording.message import Message

AREA_PHRASES: dict[str, Message] = {
    "box-empty": Message(
        en="west must be less than east, and south less than north; a box does not cross the 180th meridian",
        zh="西界须小于东界，南界须小于北界；范围不能跨越 180 度经线",
    ),
    "window-boundless": Message(en="state its start, its end, or both", zh="请填写开始日期、结束日期或两者"),
    "window-backward": Message(
        en="it starts on {start}, after its end on {end}", zh="开始日期 {start} 晚于结束日期 {end}"
    ),
    "ring-open": Message(
        en="the ring begins at [{start}] and ends at [{end}]; repeat its first position at its end",
        zh="环的起点为 [{start}]，终点为 [{end}]；请在末尾重复第一个位置",
    ),
    "shape-crosses": Message(
        en="its outline crosses itself at [{where}]; draw it so that no edge crosses another",
        zh="边界在 [{where}] 处自相交；请重新绘制，使各边互不相交",
    ),
    "shape-touches": Message(
        en="a ring meets itself at [{where}]; split it there, or move the position away",
        zh="环在 [{where}] 处与自身相接；请在该处拆分或移开该点",
    ),
    "shape-hole-outside": Message(
        en="the hole at [{where}] lies outside of the outline", zh="[{where}] 处的孔洞位于外边界之外"
    ),
    "shape-hole-nested": Message(
        en="the hole at [{where}] lies within another hole", zh="[{where}] 处的孔洞位于另一孔洞之内"
    ),
    "shape-parts-nested": Message(
        en="the part at [{where}] lies within another part", zh="[{where}] 处的部分位于另一部分之内"
    ),
    "shape-divided": Message(
        en="its holes divide it at [{where}]; state the pieces as parts of a MultiPolygon",
        zh="孔洞在 [{where}] 处将其分割；请改用 MultiPolygon 分别给出各部分",
    ),
    "shape-faulty": Message(en="it is no sound polygon, near [{where}]", zh="在 [{where}] 附近不是有效的多边形"),
    "branch-without-this": Message(
        en="a branch of any_of has none of its own; state it beside any_of",
        zh="any_of 的分支中不能有此项；请与 any_of 并列填写",
    ),
    "area-of-two-kinds": Message(
        en="give either a box or a polygon, and just one of them", zh="请给出矩形范围或多边形之一"
    ),
}
