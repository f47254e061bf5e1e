"""What needs are about: 33 categories with their usual urgency and who mends them."""

from dataclasses import dataclass

from tongren_data.book import Row, yes


@dataclass(frozen=True)
class Category:
    """A category; `department` takes it on where no property company can."""

    code: str
    kind: str
    name: str
    name_en: str
    urgency: str
    around_the_clock: bool = False
    department: str = ""


CATEGORIES = (
    Category("water", "repair", "供水", "Water", "urgent", True, "dept-water"),
    Category("power", "repair", "供电", "Power", "urgent", True, "dept-housing"),
    Category("gas", "repair", "燃气", "Gas", "emergency", True, "dept-housing"),
    Category("heating", "repair", "供暖", "Heating", "urgent", True, "dept-housing"),
    Category("sewer", "repair", "下水道", "Sewer", "urgent", False, "dept-housing"),
    Category("road", "repair", "道路", "Road", "long", False, "dept-urban-management"),
    Category("lighting", "repair", "路灯照明", "Lighting", "normal", False, "dept-urban-management"),
    Category("door-lock", "repair", "单元门与门禁", "Entrance door and lock", "normal"),
    Category("lift", "repair", "电梯", "Lift", "urgent", False, "dept-market"),
    Category("public-facility", "repair", "公共设施", "Public facilities", "normal", False, "dept-urban-management"),
    Category("roof-leak", "repair", "屋面漏水", "Roof leak", "long", False, "dept-housing"),
    Category("rubbish", "repair", "垃圾清运", "Rubbish", "normal", False, "dept-urban-management"),
    Category("books", "wish", "图书", "Books", "long"),
    Category("lamp", "wish", "台灯", "Lamp", "long"),
    Category("clothes", "wish", "衣物被褥", "Clothes and bedding", "long"),
    Category("small-appliance", "wish", "小家电", "Small appliance", "long"),
    Category("help-at-home", "wish", "家务帮手", "Help at home", "normal"),
    Category("errand", "wish", "陪同办事", "Company on an errand", "normal"),
    Category("festival-visit", "wish", "节日看望", "Festival visit", "normal"),
    Category("stationery", "wish", "文具", "Stationery", "long"),
    Category("learning", "wish", "学习与技能", "Learning and skills", "long"),
    Category("property-service", "complaint", "物业服务", "Property service", "normal"),
    Category("fees", "complaint", "收费", "Fees", "normal"),
    Category("noise-environment", "complaint", "噪音与环境", "Noise and environment", "normal"),
    Category("attitude", "complaint", "服务态度", "Attitude", "normal"),
    Category("slow-handling", "complaint", "办理拖延", "Slow handling", "normal"),
    Category("system", "complaint", "系统使用", "This system", "normal"),
    Category("benches", "community_need", "休闲座椅", "Benches", "long", False, "dept-urban-management"),
    Category("notice-board", "community_need", "宣传栏", "Notice board", "long", False, "dept-civil-affairs"),
    Category("clean-up", "community_need", "环境整治", "Clean-up", "normal", False, "dept-urban-management"),
    Category("activity-supplies", "community_need", "活动物资", "Supplies for activities", "long"),
    Category("other", "other", "其他", "Something else", "normal"),
    Category("call-back", "call_back", "请回电", "Call me back", "normal"),
)
BY_CODE = {c.code: c for c in CATEGORIES}


def category_rows() -> list[Row]:
    return [(c.code, c.kind, c.name, c.name_en, yes(c.around_the_clock), c.urgency) for c in CATEGORIES]
