"""The demonstration company's customers with their contacts: firms with machines, and the repair shop's cars."""

from typing import NamedTuple


class CustomerRow(NamedTuple):
    name: str
    short: str
    kind: str  # company, dealer, person, government
    station: str
    region: str  # GB/T 2260
    address: str
    grade: str
    industry: str
    contacts: tuple[tuple[str, str, str, str], ...]  # name, salutation, post, role
    loss_per_hour: int = 0


EAST, XIANGYANG, WUXI = "suzhou-east", "xiangyang", "wuxi"

MAKERS = (
    CustomerRow("苏州澜石精锻有限公司", "澜石精锻", "company", WUXI, "320505", "苏州市虎丘区浒关开发区道安路 21 号", "A",
                "锻造", (("吕振邦", "先生", "设备部长", "equipment"), ("戴秀兰", "女士", "采购经理", "purchasing")), 8000),
    CustomerRow("禾木传动科技（苏州）股份有限公司", "禾木传动", "company", WUXI, "320507", "苏州市相城区渭塘镇凤阳路 6 号",
                "B", "齿轮", (("姜文斌", "先生", "热处理车间主任", "user"), ("卢晓雯", "女士", "设备工程师", "equipment")), 5200),
    CustomerRow("湖北拓岭轴承有限公司", "拓岭轴承", "company", XIANGYANG, "420606", "襄阳市樊城区大庆东路 118 号", "C",
                "轴承", (("高志勇", "先生", "设备主管", "equipment"),), 3600),
    CustomerRow("砚山热处理厂", "砚山热处理", "company", XIANGYANG, "420602", "襄阳市襄城区檀溪路 40 号", "",
                "热处理加工", (("段成武", "先生", "厂长", "decider"),), 2200),
    CustomerRow("襄阳岘山汽车零部件有限公司", "岘山零部件", "company", XIANGYANG, "420606", "襄阳市高新区深圳大道 7 号", "A",
                "汽车零部件", (("袁海峰", "先生", "设备部长", "equipment"), ("牛慧敏", "女士", "车间主任", "user")), 9800),
    CustomerRow("十堰武当曲轴制造有限公司", "武当曲轴", "company", XIANGYANG, "420302", "十堰市茅箭区白浪中路 52 号", "A",
                "曲轴", (("邓国强", "先生", "总工程师", "decider"), ("易建军", "先生", "机修班长", "equipment")), 12000),
    CustomerRow("随州编钟专用车配件有限公司", "编钟配件", "company", XIANGYANG, "421303", "随州市曾都区交通大道 300 号", "B",
                "专用车", (("樊玉琴", "女士", "设备科长", "equipment"),), 2600),
    CustomerRow("南阳卧龙机械股份有限公司", "卧龙机械", "company", XIANGYANG, "411303", "南阳市卧龙区工业南路 18 号", "B",
                "减速机", (("毕永昌", "先生", "热处理工段长", "user"),), 4100),
    CustomerRow("荆门楚源紧固件有限公司", "楚源紧固件", "company", XIANGYANG, "420802", "荆门市东宝区长宁大道 66 号", "C",
                "紧固件", (("龚平", "先生", "设备员", "equipment"),), 1800),
    CustomerRow("宜昌夷陵工程机械有限公司", "夷陵工机", "company", XIANGYANG, "420506", "宜昌市夷陵区发展大道 25 号", "B",
                "工程机械", (("柯少华", "先生", "设备部长", "equipment"),), 5600),
    CustomerRow("无锡锡山高频设备配套有限公司", "锡山配套", "dealer", WUXI, "320205", "无锡市锡山区安镇先锋东路 12 号", "B",
                "经销", (("季明远", "先生", "经理", "decider"),), 0),
    CustomerRow("常州天宁链条有限公司", "天宁链条", "company", WUXI, "320402", "常州市天宁区青洋北路 143 号", "B",
                "链条", (("史春梅", "女士", "设备科长", "equipment"),), 3300),
    CustomerRow("江阴澄江钢丝绳有限公司", "澄江钢丝绳", "company", WUXI, "320281", "江阴市澄江街道滨江西路 9 号", "A",
                "金属制品", (("薛立群", "先生", "设备部长", "equipment"), ("贝佳宁", "女士", "采购", "purchasing")), 7600),
    CustomerRow("昆山玉峰精密锻压有限公司", "玉峰锻压", "company", WUXI, "320583", "昆山市玉山镇城北中路 1288 号", "B",
                "锻压", (("祝志刚", "先生", "生产部长", "user"),), 4700),
    CustomerRow("张家港沙洲齿轮厂", "沙洲齿轮", "company", WUXI, "320582", "张家港市杨舍镇塘市西路 77 号", "C",
                "齿轮", (("马德全", "先生", "厂长", "decider"),), 2400),
    CustomerRow("扬中太平洋弹簧有限公司", "太平洋弹簧", "company", WUXI, "321182", "扬中市三茅街道扬子东路 31 号", "C",
                "弹簧", (("侯春生", "先生", "机修工", "equipment"),), 1500),
    CustomerRow("启东海门轨道扣件有限公司", "海门扣件", "company", WUXI, "320681", "启东市汇龙镇公园北路 600 号", "B",
                "轨道", (("奚卫东", "先生", "设备部长", "equipment"),), 3900),
    CustomerRow("襄阳市公共交通检修中心", "公交检修中心", "government", XIANGYANG, "420606", "襄阳市樊城区长虹路 200 号", "B",
                "公共交通", (("骆永康", "先生", "技术科长", "equipment"),), 2000),
)

FLEETS = (
    CustomerRow("北屿冷链物流有限公司", "北屿冷链", "company", EAST, "320571", "苏州工业园区港浪路 26 号", "B",
                "冷链物流", (("裴志强", "先生", "车队长", "equipment"), ("柳含烟", "女士", "财务", "finance")), 600),
    CustomerRow("望川汽车租赁有限公司", "望川租车", "company", EAST, "320508", "苏州市姑苏区人民路 1999 号", "B",
                "汽车租赁", (("冯子睿", "先生", "车管", "equipment"),), 300),
    CustomerRow("江屿同城配送有限公司", "江屿配送", "company", EAST, "320507", "苏州市相城区采莲路 58 号", "A",
                "同城配送", (("谭小军", "先生", "运营经理", "decider"), ("阮小芸", "女士", "调度", "user")), 450),
    CustomerRow("岑溪建材有限公司", "岑溪建材", "company", EAST, "320506", "苏州市吴中区木渎镇金枫路 11 号", "C",
                "建材", (("廖建明", "先生", "经理", "decider"),), 200),
    CustomerRow("苏州平江旅游客运有限公司", "平江客运", "company", EAST, "320508", "苏州市姑苏区平江路 7 号", "B",
                "客运", (("汤国华", "先生", "机务", "equipment"),), 800),
    CustomerRow("吴淞口食品配送中心", "吴淞食品", "company", EAST, "320571", "苏州工业园区星龙街 9 号", "C",
                "食品", (("童欣然", "女士", "行政", "user"),), 350),
)

SURNAMES = "王李张刘陈杨赵黄吴徐孙朱高郭何罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
GIVEN = (
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 刚 桂英 建华 文 云 志强 秀兰 晨 雪 梓涵 浩然 宇轩 欣怡 子墨 诗涵 俊杰 雨欣 "
    "海燕 建平 国庆 卫国 丽华 淑珍 春梅 玉兰 晓东 晓明 思远 佳琪 若曦 一鸣 天宇 博文 雅琴 文博 婉清 景行 知夏 书瑶"
).split()
PERSONS = 34  # private car owners of the repair shop
