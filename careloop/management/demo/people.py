"""The demonstration company's organisation: one machine maker with two stations and one repair shop."""

from typing import NamedTuple


class PersonRow(NamedTuple):
    username: str
    name: str
    department: str
    stations: tuple[str, ...]
    roles: tuple[str, ...]
    title: str


COMPANY = "启衡集团"
PASSWORD = "careloop-demo"  # shown by `careloop up`; `careloop doctor` warns while it works

CALENDARS = (
    ("office", "办公室", "workday", (("08:30", "12:00"), ("13:00", "17:30"))),
    ("workshop", "修理厂", "workday_or_saturday", (("08:30", "18:00"),)),
    ("always", "全天候", "all", (("00:00", "24:00"),)),
)

# code, name, address, phone, calendar, bays
STATIONS = (
    ("suzhou-east", "苏州城东站", "江苏省苏州市工业园区唯亭路 88 号", "0512-66021188", "workshop", 6),
    ("xiangyang", "襄阳服务中心", "湖北省襄阳市高新区追日路 16 号", "0710-3311260", "office", 4),
    ("wuxi", "无锡服务站", "江苏省无锡市新吴区锡士路 9 号", "0510-85217766", "office", 2),
)

# name, kind, parent
DEPARTMENTS = (
    ("启衡集团", "management", None),
    ("客户关系部", "follow_up", "启衡集团"),
    ("质量部", "quality", "启衡集团"),
    ("售后部", "after_sales", "启衡集团"),
    ("客户服务科", "service", "售后部"),
    ("襄阳维修班", "workshop", "售后部"),
    ("无锡维修班", "workshop", "售后部"),
    ("城东修理厂", "workshop", "启衡集团"),
    ("备件与物流部", "parts", "启衡集团"),
    ("销售部", "sales", "启衡集团"),
    ("市场部", "marketing", "启衡集团"),
)

EAST, XIANGYANG, WUXI = "suzhou-east", "xiangyang", "wuxi"
ALL = (EAST, XIANGYANG, WUXI)

PEOPLE = (
    PersonRow("gu", "顾云舟", "启衡集团", ALL, ("general_manager",), "总经理"),
    PersonRow("admin", "许知远", "启衡集团", ALL, ("administrator",), "系统管理员"),
    PersonRow("song", "宋清和", "客户关系部", ALL, ("follow_up_head", "follow_up_caller"), "客户关系负责人"),
    PersonRow("ye", "叶听澜", "客户关系部", ALL, ("follow_up_caller",), "回访员"),
    PersonRow("cheng", "程思远", "客户关系部", ALL, ("complaint_officer",), "投诉专员"),
    PersonRow("luo", "罗景行", "质量部", ALL, ("quality_manager",), "质量经理"),
    PersonRow("he", "何立新", "售后部", ALL, ("service_manager",), "售后经理"),
    PersonRow("lin", "林小满", "城东修理厂", (EAST,), ("front_desk",), "前台客服"),
    PersonRow("shao", "邵明禾", "城东修理厂", (EAST,), ("adviser",), "服务顾问"),
    PersonRow("tang", "唐一诺", "城东修理厂", (EAST,), ("adviser", "front_desk"), "服务顾问"),
    PersonRow("zhou", "周以宁", "城东修理厂", (EAST,), ("technician",), "维修技师"),
    PersonRow("wei", "魏长安", "城东修理厂", (EAST,), ("technician",), "维修技师"),
    PersonRow("han", "韩松", "城东修理厂", (EAST,), ("technician", "inspector"), "技师兼检验"),
    PersonRow("meng", "孟广平", "城东修理厂", (EAST,), ("inspector", "foreman"), "车间主管"),
    PersonRow("qin", "秦雨桐", "客户服务科", (XIANGYANG, WUXI), ("front_desk",), "客服"),
    PersonRow("fang", "方建业", "襄阳维修班", (XIANGYANG,), ("adviser", "foreman"), "班长"),
    PersonRow("jiang", "江海涛", "襄阳维修班", (XIANGYANG,), ("technician", "engineer"), "现场工程师"),
    PersonRow("du", "杜若飞", "襄阳维修班", (XIANGYANG,), ("technician", "engineer"), "现场工程师"),
    PersonRow("pan", "潘志诚", "襄阳维修班", (XIANGYANG,), ("inspector",), "检验员"),
    PersonRow("shen", "沈维嘉", "无锡维修班", (WUXI,), ("adviser", "foreman"), "班长"),
    PersonRow("lu", "陆子昂", "无锡维修班", (WUXI,), ("technician", "engineer"), "现场工程师"),
    PersonRow("bai", "白景澄", "无锡维修班", (WUXI,), ("technician", "inspector"), "技师兼检验"),
    PersonRow("yu", "余晓岚", "备件与物流部", ALL, ("parts_clerk", "logistics"), "备件员"),
    PersonRow("xie", "谢远航", "销售部", ALL, ("sales",), "销售"),
)

# The accounts that `careloop up` prints first, and why one would take them.
TOUR = (
    ("lin", "前台客服：登记请求、预约"),
    ("shao", "服务顾问：接待、报价、结算、交付"),
    ("zhou", "维修技师"),
    ("meng", "车间主管兼检验：派工、检验"),
    ("ye", "回访员：跟踪回访"),
    ("cheng", "投诉专员"),
    ("song", "客户关系负责人：问卷、满意度报告"),
    ("gu", "总经理"),
    ("admin", "系统管理员"),
)
