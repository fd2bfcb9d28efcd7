"""Sample values of the page of living components: the wording of the visual reference, no real person or firm."""

from typing import Any

CLOCKS = [
    {"state": "ample", "minutes": 140, "used": 0.3},
    {"state": "near", "minutes": 20, "used": 0.88},
    {"state": "over", "minutes": 40, "used": 1.0},
    {"state": "paused", "minutes": 0, "used": 0.5, "note": "等客户"},
    {"state": "met", "minutes": 0, "used": 1.0},
    {"state": "missed", "minutes": 75, "used": 1.0},
    {"state": "near", "minutes": 140, "used": 0.8, "lead": "承诺 16:30 交车"},
]
STATES = [
    {"label": "已交付", "tone": "ok"},
    {"label": "待增项确认", "tone": "warn"},
    {"label": "超限", "tone": "bad"},
    {"label": "维修中", "tone": "act"},
    {"label": "等客户", "tone": "wait"},
    {"label": "已关闭", "tone": "idle"},
    {"label": "质保", "tone": "ok", "icon": "shield-check"},
]
VIEWS = [
    {"label": "我的全部", "url": "#", "count": 17, "current": True},
    {"label": "已承诺的回电", "url": "#", "count": 5},
    {"label": "等客户补充", "url": "#", "count": 4},
    {"label": "临近超时", "url": "#", "count": 2, "tone": "bad"},
    {"label": "无人认领", "url": "#", "count": 3},
]
FIELDS = [
    {"name": "q", "label": "搜索工单", "kind": "search", "placeholder": "工单号、车牌、客户、电话末四位"},
    {
        "name": "state",
        "label": "状态",
        "kind": "multi",
        "options": [("repair", "维修中"), ("inspect", "待检验"), ("ready", "待交付")],
    },
    {
        "name": "station",
        "label": "站点",
        "kind": "select",
        "options": [(str(i), f"苏州{n}站") for i, n in enumerate("东西南北中上下左右前")],
    },
    {"name": "day", "label": "日期", "kind": "range"},
    {"name": "mine", "label": "只看我的", "kind": "check"},
]
COLUMNS = [
    {"key": "number", "label": "工单", "kind": "main"},
    {"key": "party", "label": "客户与设备", "kind": "party"},
    {"key": "state", "label": "状态", "kind": "state"},
    {"key": "clock", "label": "承诺", "kind": "clock"},
    {"key": "person", "label": "负责人", "kind": "person"},
    {"key": "amount", "label": "金额", "kind": "money"},
    {"key": "load", "label": "进度", "kind": "bar", "optional": True},
    {"key": "tags", "label": "标签", "kind": "tags", "phone": "hide"},
]
ROWS = [
    {"url": "#1", "number": {"text": "WX-261119-014", "sub": "右前轮毂轴承异响"}, "state": STATES[1], "clock": CLOCKS[1],
     "party": {"name": "禾木传动科技", "url": "#c", "grade": "B", "sub": "苏E·7K21Q 远途 R5"}, "person": "周以宁", "amount": "¥2 100.00",
     "load": {"value": 0.48, "text": "3 / 6"}, "tags": ["质保", "返修"]},
    {"url": "#2", "number": {"text": "WX-261119-009", "sub": "二级维护"}, "state": STATES[3], "clock": CLOCKS[0],
     "party": {"name": "望川汽车租赁", "url": "#c", "grade": "B", "sub": "苏E·D1902 远途 V3"}, "person": "林小满", "amount": "¥1 240.00",
     "load": {"value": 0.7, "text": "4 / 6"}, "tags": []},
    {"url": "#3", "number": {"text": "WX-261118-031", "sub": "中频电源报警 E27，停机"}, "state": STATES[2], "clock": CLOCKS[2],
     "party": {"name": "澜石精锻", "url": "#c", "grade": "A", "sub": "GY-160 · 编号 24A-0317"}, "person": "Li Wei", "amount": None,
     "load": {"value": 1.0, "text": "超 0.6 时", "tone": "bad"}, "tags": ["停机"]},
]  # fmt: skip
QUEUE = [
    {"label": "已超时", "note": "2 件，先做这些", "late": True, "rows": [
        {"time": "13:30", "title": "首次响应：中频电源报警 E27，停机", "url": "#q1", "next": True, "grade": "A", "who": "澜石精锻",
         "why": "客户扫码报修后 60 分钟内须有人答复，公示标准 S-02", "who_url": "#c", "what": "GY-160 · 编号 24A-0317", "clock": CLOCKS[2],
         "action": {"label": "致电客户", "icon": "phone", "url": "#", "primary": True}},
        {"time": "14:00", "title": "告知延期：物流改到明天上午", "url": "#q2", "grade": "C", "who": "拓岭轴承", "who_url": "#c",
         "why": "承诺今天 14:00 前送到，物流 11:20 报延误；客户还不知道", "what": "备件发运 FH-261117-006",
         "clock": {"state": "over", "minutes": 10}, "action": {"label": "通知客户", "icon": "message", "url": "#"}}]},
    {"label": "15:00 前", "note": "2 件", "now": "现在 14:10", "rows": [
        {"time": "14:30", "title": "回电：说明异响诊断结果和费用", "url": "#q3", "grade": "B", "who": "禾木传动科技", "who_url": "#c",
         "why": "今早 10:12 答应 14:30 前回电；一个月内第二次来电", "plate": "苏E·7K21Q", "what": "远途 R5", "clock": CLOCKS[1],
         "action": {"label": "回电", "icon": "phone", "url": "/styleguide/step/", "sheet": True}},
        {"time": "16:00", "time_sub": "11月20日", "title": "等客户补充：报警照片和四项读数", "url": "#q4", "grade": "B", "who": "禾木传动科技",
         "why": "昨天 15:20 发出问题清单；满 3 个工作日系统自动提醒", "what": "GY-80 · 编号 23B-0642", "clock": CLOCKS[3],
         "action": {"label": "发提醒", "icon": "message", "url": "/styleguide/", "method": "post"}}]},
]  # fmt: skip
RECORD = {
    "title": "WX-261119-014", "state": STATES[1], "grade": "B", "clocks": [CLOCKS[6]],
    "crumbs": [{"label": "维修工单", "url": "#"}, {"label": "WX-261119-014"}],
    "parts": [{"label": "禾木传动科技", "url": "#"}, {"plate": "苏E·7K21Q", "label": "远途 R5"}, {"label": "62 418 km"}, {"label": "质保内（还剩 4 个月或 7 582 km）"}],
    "actions": [{"label": "打印", "icon": "printer", "url": "/styleguide/print/"}],
}  # fmt: skip
FACTS = [
    {"label": "信用", "value": "A", "sub": "加权逾期 2 天"},
    {"label": "质保", "value": "还剩 4 个月", "state": STATES[0], "sub": "或 7 582 km"},
    {"label": "未结请求", "value": "2", "url": "#", "sub": "最早 11月17日"},
    {"label": "最近回访", "value": "符合期望", "sub": "10月24日"},
    {"label": "联系电话", "value": "138****5678", "confirmed": "11月19日 确认"},
]
STEPS = [
    {"label": "预约", "state": "done", "lines": ["11月18日 16:05", "林小满 · 微信"]},
    {"label": "接待", "state": "done", "lines": ["08:52 到店", "邵明禾 · 客户已签字"]},
    {"label": "维修", "state": "now", "lines": ["09:40 开工，3 号工位", "周以宁 · 等增项确认"]},
    {"label": "检验", "state": "todo", "lines": ["待指派", "不能是周以宁"]},
    {"label": "结算交付", "state": "todo", "lines": ["承诺 16:30"]},
    {"label": "回访", "state": "todo", "lines": ["交付后 72 小时内", "由客户关系部安排"]},
]
EVENTS = [
    {"day": "今天", "time": "13:05", "icon": "send", "tone": "warn", "title": "增项确认链接已发", "who": "邵明禾", "text": "短信送达，未打开。第 2 版报价 ¥2 100.00。"},
    {"day": "今天", "time": "12:48", "icon": "tool", "tone": "act", "title": "发现增项", "who": "周以宁",
     "quote": "举升后右前轮手转有沙沙声，轴向间隙 0.18 mm，限值 0.05 mm。", "meta": ["照片 2 张", "声音 1 段"]},
    {"day": "今天", "time": "09:12", "icon": "edit", "title": "档案更正", "who": "林小满", "changes": [{"label": "电话", "before": "138****5678", "after": "139****2210"}]},
    {"day": "11月18日", "time": "16:02", "icon": "phone-call", "title": "来电", "who": "林小满", "url": "#", "text": "过坎时后面有金属响声，明早到店。"},
]  # fmt: skip
OPTIONS = [
    {"action": "resend", "label": "再发确认链接", "icon": "send", "allowed": True, "primary": True, "url": "/styleguide/step/", "form": True},
    {"action": "hold", "label": "挂起等件", "icon": "player-pause", "allowed": True, "url": "/styleguide/step/", "form": True},
    {"action": "cancel", "label": "取消工单", "allowed": True, "danger": True, "url": "/styleguide/step/", "form": True},
    {"action": "inspect", "label": "送检验", "allowed": False, "url": "#",
     "refusal": "“右前轮毂轴承更换”还没有客户同意。同意或取消这项之后可以送检验。"},
]  # fmt: skip
FIGURES = [
    {"label": "满意度指数", "value": "79.2", "goal": "75", "n": 15, "N": 22, "interval": ("76.6", "81.8"), "verdict": {"label": "达标，已证实", "tone": "ok"},
     "text": "区间下限 76.6 高于目标 75。", "url": "#", "url_label": "15 份答卷",
     "definition": "加权满意度指数（CSI）：五项得分按权重相加，先按公司平均，不适用不计入。\n方法第 3 版，2026年1月起。",
     "whisker": {"min": 60, "max": 90, "low": 76.6, "high": 81.8, "value": 79.2, "goal": 75}},
    {"label": "覆盖", "value": "15 / 22", "unit": "家公司", "sub": "应问 22，已问 21，答复 15"},
    {"label": "比上期", "value": "+3.4", "unit": "75.8 → 79.2", "sub": "p = 0.115", "trend": {"label": "上升，未证实", "tone": "idle"}},
    {"label": "首次响应及时率", "value": "61", "unit": "%", "goal": "90", "n": 84, "verdict": {"label": "未达标", "tone": "bad"}, "url": "#",
     "whisker": {"min": 0, "max": 100, "low": 50, "high": 71, "value": 61, "goal": 90}},
]  # fmt: skip
TREND = {
    "id": "trend", "title": "走势", "note": "点一个期间，看它的答卷", "kind": "line", "y_min": 60, "y_max": 90, "x_head": "期间",
    "x": ["22上", "22下", "23上", "23下", "24上", "24下", "25上", "25下", "26上"],
    "series": [{"name": "指数", "data": [71.2, 72.6, 73.1, 74.4, 74.0, 75.1, 75.3, 75.8, 79.2], "low": [66.9, 68.4, 68.8, 70.5, 70.2, 71.2, 71.4, 72.1, 76.6],
                "high": [75.5, 76.8, 77.4, 78.3, 77.8, 79.0, 79.2, 79.5, 81.8], "n": [11, 12, 12, 14, 13, 14, 14, 12, 15], "urls": ["#"] * 9}],
    "goal": {"value": 75, "label": "目标 75"}, "breaks": [{"x": "25下", "label": "方法第 3 版起"}],
}  # fmt: skip
BARS = {
    "id": "bars", "title": "各站请求数", "kind": "bar", "x": ["城东", "城西", "园区", "吴江"], "x_head": "站点", "height": "sm",
    "series": [{"name": "今年", "data": [120, 84, 66, 31]}, {"name": "去年", "data": [98, 90, 52, 40]}],
}  # fmt: skip
IPA = {
    "id": "ipa", "title": "重要性与表现", "note": "十字线取平均", "kind": "scatter", "x_name": "表现", "y_name": "重要性", "x_min": 3, "x_max": 5, "y_min": 3, "y_max": 5,
    "cross": {"x": 3.8, "y": 4.1}, "quadrants": ["重点改进", "保持", "低优先", "过度"], "x_head": "项目",
    "points": [{"name": n, "y": i, "x": p, "url": "#"} for n, i, p in
               [("响应速度", 4.6, 3.4), ("技术水平", 4.5, 4.3), ("备件供应", 4.2, 3.3), ("服务态度", 3.8, 4.5), ("培训与资料", 3.4, 3.5)]],
}  # fmt: skip
FILES = [
    {"name": "轴向间隙.jpg", "url": "/static/img/icon.svg", "kind": "image", "who": "周以宁", "when": "12:48", "caption": "右前轮，间隙 0.18 mm"},
    {"name": "检测报告.pdf", "url": "#", "kind": "pdf", "size": "84 kB", "who": "周以宁", "when": "11月19日"},
    {"name": "异响.m4a", "url": "#", "kind": "audio", "size": "310 kB"},
]  # fmt: skip
PAIRS = [("客户", "禾木传动科技"), {"label": "电话", "value": "138****5678", "url": "#", "at": "11月19日 确认"}, ("网站", ""),
         {"label": "差速器总成", "value": "已领料", "state": STATES[4]}]  # fmt: skip


def everything() -> dict[str, Any]:
    """All samples under the names that the template uses."""
    return {
        "clocks": CLOCKS, "states": STATES, "views": VIEWS, "filter_fields": FIELDS, "columns": COLUMNS, "rows": ROWS,
        "page": {"rows": ROWS, "newer": "?after=1", "older": "?before=1"}, "queue_groups": QUEUE, "record": RECORD,
        "fact_list": FACTS, "step_list": STEPS, "events": EVENTS, "options": OPTIONS, "figures": FIGURES, "trend": TREND,
        "bars": BARS, "ipa": IPA, "files": FILES, "pairs": PAIRS, "export": [{"label": "CSV", "url": "#"}, {"label": "XLSX", "url": "#"}],
        "buttons": [{"label": "致电客户", "icon": "phone", "url": "#", "primary": True}, {"label": "再发链接", "icon": "send", "url": "#"},
                    {"label": "取消", "url": "#", "danger": True}],
        "tones": ["ok", "warn", "bad", "act", "wait", "idle"],
    }  # fmt: skip
