"""Who takes a need on, and whom a complaint is about."""

import random
from dataclasses import dataclass

from tongren_data.categories import Category
from tongren_data.organisations import CITY_OFFICE, TOWN_OFFICE, UNITS, Ties

_BY_COMPANY = (
    "water", "heating", "sewer", "lighting", "door-lock", "lift", "public-facility", "roof-leak", "rubbish", "road",
)  # fmt: skip
_ABOUT = {
    "property-service": ("company",),
    "fees": ("company",),
    "noise-environment": ("company", "company", "office"),
    "attitude": ("office", "office", "grid_worker", "unit"),
    "slow-handling": ("office", "office", "grid_worker", "company", "unit"),
    "system": ("system",),
}


@dataclass(frozen=True)
class Subject:
    """Whom a complaint is about; the code only for a company or a unit."""

    kind: str = ""
    code: str = ""


class Givers:
    """Chooses givers by what the sample's alliances and contracts allow."""

    def __init__(self, ties: Ties, rng: random.Random) -> None:
        self.ties, self.rng = ties, rng
        self._zeal = {unit.code: rng.uniform(0.4, 2.2) for unit in UNITS}

    def subject(self, category: Category, community: str, compound: str, words: str) -> Subject:
        """Whom a complaint is about; a company only where one serves the compound."""
        company = self.ties.company_of.get(compound, "")
        choices = [k for k in _ABOUT[category.code] if k != "company" or company]
        kind = self.rng.choice(choices or ["unit"])
        if "上门登记" in words:
            kind = "grid_worker"
        elif kind == "grid_worker" and category.code == "attitude":
            kind = "office"
        if kind == "company":
            return Subject(kind, company)
        if kind == "unit":
            return Subject(kind, self.rng.choice(self.ties.members[community]))
        return Subject(kind)

    def unit(self, community: str) -> str:
        """A unit of the community's alliance, the zealous more often."""
        units = self.ties.members[community]
        return self.rng.choices(units, [self._zeal[u] for u in units])[0]

    def giver(self, category: Category, community: str, compound: str, subject: Subject) -> str:
        """Who takes the need on."""
        office = f"{community}-office"
        if category.kind == "complaint":
            return {"system": CITY_OFFICE, "office": TOWN_OFFICE, "grid_worker": TOWN_OFFICE}.get(subject.kind, office)
        if category.kind == "wish":
            return self.unit(community)
        if category.kind == "community_need":
            return self.rng.choices((self.unit(community), category.department or office, office), (50, 25, 25))[0]
        if category.kind == "repair":
            company = self.ties.company_of.get(compound) if category.code in _BY_COMPANY else None
            department = category.department or office
            if company:
                return self.rng.choices((company, department, office), (72, 18, 10))[0]
            return self.rng.choices((department, office), (65, 35))[0]
        if category.kind == "other" and self.rng.random() < 0.28:
            return self.rng.choice(("dept-civil-affairs", "dept-social-security", "dept-housing", "dept-market"))
        return office
