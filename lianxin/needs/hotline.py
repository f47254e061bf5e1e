"""Cases of the hotline 12345: their workbook as rows, and the reply as text; headings and wording are the city's."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lianxin.core.values import VALUES, text, value
from lianxin.needs.models import Need
from lianxin.needs.states import Satisfaction, Status
from lianxin.sheets.reading import cells_of, convert, open_workbook
from lianxin.sheets.registry import MAX_ERRORS, Column, Row, RowError
from lianxin.sheets.unpacking import Unreadable

GROUP = gettext_lazy("Hotline 12345")
MAX_CASES = 500
COLUMNS = (
    (Column("number", gettext_lazy("Number at the hotline"), required=True, most=40), "工单编号|工单号"),
    (Column("text", gettext_lazy("What is asked"), required=True, most=2000), "诉求内容|诉求描述"),
    (Column("due_at", gettext_lazy("Due"), "datetime"), "办理时限|截止时间"),
    (Column("category", gettext_lazy("Category"), most=60), "诉求类别|问题分类"),
    (Column("community", gettext_lazy("Community"), most=120), "社区|所属社区"),
    (Column("company", gettext_lazy("Whom it is about"), most=120), "被诉单位|涉及单位"),
    (Column("name", gettext_lazy("Caller's name"), most=60), "来电人|姓名"),
    (Column("phone", gettext_lazy("Caller's telephone"), most=30), "联系电话|电话"),
    (Column("place_detail", gettext_lazy("Where exactly"), most=200), "事发地址|地址"),
)
REPLY = "needs.hotline_reply"
REPLY_DEFAULT = "您好！您反映的“{what}”一事，由{who}办理：{done}（{when}）。您的评价：{answer}。"
FIELDS = ("number", "what", "who", "done", "when", "answer")
HEADINGS = "needs.hotline_heading_"

for _column, _default in COLUMNS:
    VALUES.add(
        f"{HEADINGS}{_column.code}",
        text(
            _column.label,
            group=GROUP,
            default=_default,
            max_length=120,
            applies=gettext_lazy("The column's heading in the hotline's workbook; several with | between them."),
        ),
    )
VALUES.add(
    REPLY,
    text(
        gettext_lazy("Wording of the reply"),
        group=GROUP,
        default=REPLY_DEFAULT,
        max_length=500,
        applies=gettext_lazy("{number} {what} {who} {done} {when} {answer} are filled in from the record."),
    ),
)


def headings(code: str) -> list[str]:
    """What the column `code` may be called in the hotline's workbook."""
    return [name.strip() for name in value(f"{HEADINGS}{code}").split("|") if name.strip()]


def read_cases(data: bytes) -> tuple[list[Row], list[RowError]]:
    """The rows of a hotline workbook's first worksheet by our column codes, and what is wrong with its cells.

    Raises Unreadable for a file that is no workbook, has no heading that is known, or too many rows.
    """
    cells = cells_of(open_workbook(data), 0)
    if len(cells) > MAX_CASES + 1:
        raise Unreadable(_("A workbook may have %(n)s rows at the most.") % {"n": MAX_CASES})
    heading = [str(cell).strip() for cell in cells[0]] if cells else []
    at: dict[Column, int] = {}
    errors: list[RowError] = []
    for column, _default in COLUMNS:
        found = next((heading.index(name) for name in headings(column.code) if name in heading), None)
        if found is not None:
            at[column] = found
        elif column.required:
            errors.append(
                RowError(
                    1, headings(column.code)[0] if headings(column.code) else column.code, _("This column is missing.")
                )
            )
    rows, seen = [], set()
    for number, line in enumerate(cells[1:], start=2):
        if all(cell in ("", None) for cell in line):
            continue
        values: dict[str, Any] = {}
        for column, i in at.items():
            try:
                values[column.code] = convert(column, line[i] if i < len(line) else "")
            except ValueError as error:
                values[column.code] = None
                if len(errors) < MAX_ERRORS:
                    errors.append(RowError(number, heading[i], str(error)))
        if values.get("number") in seen:
            errors.append(RowError(number, headings("number")[0], _("This number is there twice.")))
        seen.add(values.get("number"))
        rows.append(Row(number, values))
    return rows, errors


def reply_to(need: Need) -> str:
    """The reply to the hotline, in the city's words and in Chinese; unknown braces stay as they are.

    `need`: with its commitments and their givers prefetched.
    """
    with override("zh-hans"):
        held = next((c for c in need.commitments.all()), None)
        if need.status == Status.DECLINED:
            done = "；".join(filter(None, [need.end_reason, need.right_owner]))
        else:
            done = held.note if held else ""
        when = need.delivered_at or need.ended_at
        answer = ""
        if need.solved is not None:
            answer = _("solved") if need.solved else _("not solved")
            if need.satisfaction:
                answer += "，" + str(Satisfaction(need.satisfaction).label)
        said = {
            "number": need.outside_number,
            "what": need.title,
            "who": held.giver.name if held else need.community.name,
            "done": done or str(Status(need.status).label),
            "when": timezone.localtime(when).strftime("%Y-%m-%d") if when else "",
            "answer": answer or _("not answered yet"),
        }
    words: str = value(REPLY)
    for name in FIELDS:
        words = words.replace("{" + name + "}", said[name])
    return words
