"""One need of the sample and its row in the sheet."""

from dataclasses import dataclass, field

from tongren_data.book import Cell, Row, minute, yes
from tongren_data.categories import Category
from tongren_data.givers import Subject
from tongren_data.life import STEPS, Life

COLUMNS = (
    "number", "kind", "category", "channel", "outside_number", "community", "grid", "compound", "subject_kind",
    "subject", "batch", "text", "public_text", "publish_ok", "urgency", "filed_at", "responded_at", "verified_at",
    "published_at", "giver", "claimed_at", "started_at", "delivered_at", "delivery_note", "answered_at", "solved",
    "satisfaction", "answered_via", "end", "ended_at", "end_reason", "decline_reason", "right_owner", "merged_into",
    "reopened_count",
)  # fmt: skip


@dataclass
class Need:
    """One row of the sheet of needs."""

    category: Category
    channel: str
    community: str
    grid: str
    compound: str
    text: str
    publish_ok: bool
    urgency: str
    life: Life
    subject: Subject = field(default_factory=Subject)
    public_text: str = ""
    giver: str = ""
    note: str = ""
    via: str = ""
    batch: str = ""
    number: str = ""
    outside_number: str = ""
    end_reason: str = ""
    decline_reason: str = ""
    right_owner: str = ""
    merged_into: "Need | None" = None

    def row(self) -> Row:
        """The cells in the order of COLUMNS."""
        life = self.life
        steps = {step: minute(getattr(life, step)) for step in STEPS}
        cells: dict[str, Cell] = {
            **steps,
            "number": self.number,
            "kind": self.category.kind,
            "category": self.category.code,
            "channel": self.channel,
            "outside_number": self.outside_number,
            "community": self.community,
            "grid": self.grid,
            "compound": self.compound,
            "subject_kind": self.subject.kind,
            "subject": self.subject.code,
            "batch": self.batch,
            "text": self.text,
            "public_text": self.public_text if life.published_at else "",
            "publish_ok": yes(self.publish_ok),
            "urgency": self.urgency,
            "filed_at": minute(life.filed_at),
            "giver": self.giver if life.claimed_at else "",
            "delivery_note": self.note if life.delivered_at else "",
            "solved": "" if life.solved is None else yes(life.solved),
            "satisfaction": life.satisfaction,
            "answered_via": self.via if life.answered_at else "",
            "end": life.end,
            "ended_at": minute(life.ended_at),
            "end_reason": self.end_reason,
            "decline_reason": self.decline_reason,
            "right_owner": self.right_owner,
            "merged_into": self.merged_into.number if self.merged_into else "",
            "reopened_count": life.reopened_count,
        }
        return [cells[column] for column in COLUMNS]
