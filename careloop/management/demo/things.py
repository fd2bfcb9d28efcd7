"""Machines, vehicles, faults and prices of the demonstration company."""

from decimal import Decimal
from typing import NamedTuple

# name, kind, templates of the product family (see assets.ProductFamily)
FAMILIES = (
    (
        "感应加热电源",
        "machine",
        {
            "readings": [
                {"key": "power", "label": "功率", "unit": "kW", "low": 0, "high": 400},
                {"key": "frequency", "label": "频率", "unit": "kHz", "low": 1, "high": 200},
                {"key": "flow", "label": "冷却水流量", "unit": "L/min", "low": 22, "high": 80},
                {"key": "pressure", "label": "水压", "unit": "MPa", "low": 0.2, "high": 0.3},
            ],
            "specs": [
                {"key": "rated_power", "label": "额定功率", "unit": "kW"},
                {"key": "rated_frequency", "label": "频率范围", "unit": "kHz"},
                {"key": "input_voltage", "label": "输入电压", "unit": "V"},
            ],
            "utilities": [
                {"key": "water", "label": "冷却水压", "unit": "MPa", "low": 0.2, "high": 0.3},
                {"key": "supply", "label": "电源", "unit": "V", "low": 361, "high": 418},
            ],
            "wear_parts": [
                {"part_no": "WF-10", "name": "水路滤芯", "position": "机柜后下方进水口", "interval_days": 180},
                {"part_no": "QC-16", "name": "快换接头", "position": "感应器进出水口", "interval_days": 365},
            ],
            "maintenance": [
                {"item": "清洗水路、换滤芯", "interval_days": 180},
                {"item": "功率母排紧固与除尘", "interval_days": 365, "interval_meter": 2000},
            ],
            "warranty_months": 24,
            "warranty_meter": 6000,
        },
    ),
    (
        "淬火机床",
        "machine",
        {
            "readings": [
                {"key": "power", "label": "功率", "unit": "kW", "low": 0, "high": 400},
                {"key": "flow", "label": "淬火液流量", "unit": "L/min", "low": 30, "high": 120},
                {"key": "pressure", "label": "液压", "unit": "MPa", "low": 0.2, "high": 0.35},
            ],
            "specs": [
                {"key": "stroke", "label": "行程", "unit": "mm"},
                {"key": "load", "label": "最大工件", "unit": "kg"},
            ],
            "utilities": [{"key": "air", "label": "气压", "unit": "MPa", "low": 0.4, "high": 0.7}],
            "wear_parts": [{"part_no": "TB-1200", "name": "同步带", "position": "主轴箱左侧", "interval_days": 540}],
            "maintenance": [{"item": "导轨润滑与零点检查", "interval_days": 90}],
            "has_tooling": True,
            "warranty_months": 18,
            "warranty_meter": 5000,
        },
    ),
    (
        "乘用车",
        "vehicle",
        {
            "readings": [
                {"key": "pad", "label": "制动片厚度", "unit": "mm", "low": 3, "high": 12},
                {"key": "tyre", "label": "胎压", "unit": "MPa", "low": 0.22, "high": 0.26},
            ],
            "warranty_months": 36,
            "warranty_meter": 60000,
        },
    ),
    (
        "轻型商用车",
        "vehicle",
        {
            "readings": [
                {"key": "pad", "label": "制动片厚度", "unit": "mm", "low": 3, "high": 14},
                {"key": "tyre", "label": "胎压", "unit": "MPa", "low": 0.3, "high": 0.45},
            ],
            "warranty_months": 24,
            "warranty_meter": 50000,
        },
    ),
)

SPECS = {
    "GY-80": {"rated_power": 80, "rated_frequency": 30, "input_voltage": 380},
    "GY-160": {"rated_power": 160, "rated_frequency": 20, "input_voltage": 380},
    "GY-250": {"rated_power": 250, "rated_frequency": 8, "input_voltage": 380},
    "CK-600": {"stroke": 600, "load": 80},
    "CK-1200": {"stroke": 1200, "load": 300},
}

# family, model name
MODELS = (
    ("感应加热电源", "启衡", "GY-80"),
    ("感应加热电源", "启衡", "GY-160"),
    ("感应加热电源", "启衡", "GY-250"),
    ("淬火机床", "启衡", "CK-600"),
    ("淬火机床", "启衡", "CK-1200"),
    ("乘用车", "远途", "R5"),
    ("乘用车", "远途", "V3"),
    ("乘用车", "栖云", "S7"),
    ("轻型商用车", "行者", "EV 厢货"),
    ("轻型商用车", "行者", "T6 轻卡"),
)

APPLICATIONS = (
    "半轴中频淬火",
    "齿轮高频淬火",
    "曲轴轴颈淬火",
    "棒料透热锻造",
    "轴承滚道淬火",
    "链轮齿面淬火",
    "钢丝回火",
    "销轴淬火",
)


class Fault(NamedTuple):
    title: str
    words: tuple[str, ...]
    labour: tuple[tuple[str, str, int], ...]  # item, hours, price per hour
    parts: tuple[tuple[str, str, int, int], ...]  # name, part number, quantity, unit price
    urgency: str
    cause: str
    answer: str = ""


MACHINE_FAULTS = (
    Fault(
        "中频电源报警 E27，停机",
        ("早上一开机就报 E27，送不上功率，两条线都停着。", "又是 E27，等着你们，工人都坐着。"),
        (("逆变柜检查", "2.0", 260), ("更换功率模块", "3.0", 260)),
        (("IGBT 功率模块", "PM-2207", 1, 6800),),
        "stopped",
        "component",
    ),
    Fault(
        "冷却水流量偏低",
        ("流量只有 18，水泵声音也不对，先降了功率在干。", "水温高报警，流量上不去。"),
        (("水路清洗", "2.5", 220), ("更换滤芯", "0.5", 220)),
        (("水路滤芯", "WF-10", 2, 180),),
        "reduced",
        "maintenance",
    ),
    Fault(
        "感应器漏水",
        ("感应器焊缝在滴水，工件打火。", "感应圈接头漏水，一加热就打弧。"),
        (("感应器焊修", "3.0", 240),),
        (("快换接头", "QC-16", 2, 95),),
        "reduced",
        "wear",
    ),
    Fault(
        "功率不稳，淬硬层深度超差",
        ("硬度一件高一件低，质检不放行。", "功率表一直跳，层深不够。"),
        (("控制板检测与标定", "3.5", 280),),
        (("反馈互感器", "CT-80", 1, 1200),),
        "reduced",
        "component",
    ),
    Fault(
        "机床定位超差",
        ("上下料位置偏了两毫米，工件碰感应器。",),
        (("伺服零点校正", "2.0", 260),),
        (("同步带", "TB-1200", 1, 460),),
        "none",
        "wear",
    ),
    Fault(
        "触摸屏无显示",
        ("屏是黑的，按钮还能用。",),
        (("屏与电源检查", "1.5", 220),),
        (("触摸屏", "HMI-10", 1, 3200),),
        "none",
        "component",
    ),
)

CAR_FAULTS = (
    Fault(
        "过坎时后部金属响声",
        ("过坎后面咣当一声，先把响声弄好，别的贵了先问我。", "后面有异响，过减速带最明显。"),
        (("底盘异响检查", "1.0", 180), ("更换后减振器", "1.5", 180)),
        (("后减振器", "SA-4410", 2, 420),),
        "none",
        "wear",
    ),
    Fault(
        "制动时抖动",
        ("踩刹车方向盘抖，高速更厉害。",),
        (("制动系统检查", "0.8", 180), ("更换前制动盘", "1.6", 180)),
        (("前制动盘", "BD-1180", 2, 360), ("前制动片", "BP-1180", 1, 290)),
        "none",
        "wear",
    ),
    Fault(
        "空调不制冷",
        ("开了半小时还是热风。", "冷链车温度打不下来，货要坏了。"),
        (("空调系统检漏", "1.2", 180), ("加注冷媒", "0.6", 180)),
        (("冷媒 R134a", "R134A-500", 2, 85), ("膨胀阀", "EV-22", 1, 310)),
        "reduced",
        "leak",
    ),
    Fault("电池续航下降", ("充满只能跑一百八，原来两百六。",), (("电池包检测", "2.0", 220),), (), "reduced", "aging"),
    Fault(
        "起动困难",
        ("早上要打三四次才着车。",),
        (("起动电路检查", "0.8", 180),),
        (("蓄电池", "BT-60", 1, 580),),
        "reduced",
        "wear",
    ),
    Fault(
        "右前轮轴承异响",
        ("车速六十以上右前边嗡嗡响。",),
        (("更换轮毂轴承", "1.2", 180),),
        (("前轮毂轴承", "HB-3307", 1, 640),),
        "none",
        "wear",
    ),
)

MAINTENANCE = (
    Fault(
        "二级维护",
        ("到公里数了，做个二级维护。", "按手册该保养了。"),
        (("二级维护工时", "2.5", 160),),
        (("机油 5W-30 4L", "OIL-530", 1, 268), ("机油滤清器", "OF-11", 1, 45), ("空气滤清器", "AF-11", 1, 68)),
        "none",
        "maintenance",
    ),
    Fault(
        "一级维护",
        ("换机油三滤。",),
        (("一级维护工时", "1.0", 160),),
        (("机油 5W-30 4L", "OIL-530", 1, 268), ("机油滤清器", "OF-11", 1, 45)),
        "none",
        "maintenance",
    ),
)

ADDED = (
    (
        "右前轮毂轴承更换",
        "举升后右前轮手转有沙沙声，轴向间隙 0.18 mm，限值 0.05 mm。",
        "1.2",
        180,
        ("前轮毂轴承", "HB-3307", 1, 640),
    ),
    ("制动油更换", "制动油含水量 4%，超过 3%。", "0.6", 180, ("制动油 DOT4 1L", "BF-4", 1, 75)),
    ("雨刮片更换", "雨刮橡胶开裂，刮不净。", "0.2", 160, ("雨刮片", "WB-26", 2, 60)),
    ("水泵皮带更换", "皮带有三处裂口。", "0.8", 220, ("水泵皮带", "PB-850", 1, 130)),
)

QUESTIONS = (
    (
        "淬火液浓度怎么配",
        "新到的淬火液，浓度配多少合适？冬天和夏天一样吗？",
        "按工艺卡 8%–10%；冬季取下限，折光仪每班测一次。已发《淬火液使用说明》。",
    ),
    ("触摸屏密码忘了", "换了班长，没人知道屏上的密码。", "核对身份后告知二级密码，并提醒改密码、登记保管人。"),
    (
        "保养周期问一下",
        "这台车多少公里换变速箱油？",
        "手册为 6 万公里或 4 年，以先到为准；该车 5.2 万公里，下次保养一起做。",
    ),
    ("发票抬头要改", "上次的发票抬头写的是老名字。", "已核对新抬头和税号，原票红冲后重开，快递单号已告知。"),
    ("要电气图", "想要一份 GY-160 的电气原理图，自己备个底。", "已按型号和版本发送电气图 V3.2，并登记持有人。"),
    ("备件什么时候到", "上周定的反馈互感器到哪了？", "已发出，预计次日上午到；到货后由现场工程师联系安装。"),
)

PRAISE = (
    "小周师傅讲得很清楚，旧件也给我看了。",
    "比说好的时间还早了半小时。",
    "价格说在前面，没有乱加项目。",
    "态度好，打电话提醒我取车。",
    "上门很快，当天就恢复生产。",
    "修完还教我们怎么看水压，挺用心。",
    "来之前先电话问了情况，带的件都对。",
)
NEUTRAL = ("还可以。", "和平时差不多。", "没什么特别的。", "一般吧，能修好就行。", "没意见。")
BAD = (
    "等了三个小时没人告诉我进度。",
    "同样的响声又来了，等于没修。",
    "说好下午四点交车，拖到六点多。",
    "结算单上的工时没人解释。",
    "打了三次电话才有人接。",
    "备件一等就是两周，线都停着。",
    "师傅态度不耐烦。",
)
VIN_HEADS = ("LSVAA4187", "LFV2A21K5", "LGBH52E05", "LVSHCAMB2", "LJ1EKABR4")
PROVINCE_PLATES = ("苏E", "苏B", "沪C", "鄂F")
FULL = Decimal("100")
