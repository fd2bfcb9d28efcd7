"""Importing 100 000 customers with a contact person and a machine each, through the command line, on SQLite."""

import csv
import json
import os
import random
import subprocess
import time
from pathlib import Path

CITIES = ("苏州", "无锡", "常州", "南通", "杭州", "宁波", "上海", "青岛")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
CUSTOMERS = ("客户编号", "客户名称", "客户类型", "地区", "地址", "联系人", "手机", "客户来源", "行业")
MACHINES = ("客户编号", "出厂编号", "设备名称", "型号", "安装地点", "安装日期", "质保截止", "读数")


def write(folder: Path, count: int) -> tuple[Path, Path]:
    """Two files as a firm would export them; the same ones each time."""
    chance = random.Random(7)
    customers, machines = folder / "customers.csv", folder / "machines.csv"
    with (
        customers.open("w", encoding="utf-8-sig", newline="") as one,
        machines.open("w", encoding="gb18030", newline="") as two,
    ):
        out, other = csv.writer(one), csv.writer(two)
        out.writerow(CUSTOMERS)
        other.writerow(MACHINES)
        for n in range(count):
            city, code = chance.choice(CITIES), f"C{n:06d}"
            firm = f"{city}{chance.choice(SURNAMES)}氏机械{n:06d}有限公司"
            person = chance.choice(SURNAMES) + chance.choice("伟芳娜敏静强磊军洋艳勇杰涛明超")
            address = f"{city}工业园区星湖街{n % 900 + 1}号"
            out.writerow([code, firm, "企业", city, address, person, f"138{n:08d}", "展会", ""])
            model, day = f"GY-{chance.choice((160, 250, 400))}", f"20{chance.randint(18, 25)}-0{n % 9 + 1}-11"
            place = f"{n % 9 + 1}号车间"
            other.writerow([code, f"24A-{n:06d}", "中频感应加热电源", model, place, day, "2027-12-31", n % 9000])
    return customers, machines


def measure(python: Path, home: Path, count: int, env: dict[str, str]) -> dict[str, float]:
    """Seconds of both imports; the second run of the same files changes nothing."""
    home.mkdir(parents=True, exist_ok=True)
    files = dict(zip(("customers", "machines"), write(home, count), strict=True))
    command = [str(python), "-m", "careloop.management.cli"]
    found: dict[str, float] = {}
    for run in ("first", "again"):
        for kind, path in files.items():
            started = time.monotonic()
            place = ["--station", "bench"] if kind == "customers" else []  # a machine stands where its customer is
            done = subprocess.run(
                [*command, "import", kind, str(path), *place, "--json"],
                env={**os.environ, **env}, capture_output=True, text=True, check=True,
            )  # fmt: skip
            found[f"{kind} {run}"] = time.monotonic() - started
            counts = json.loads(done.stdout)
            wanted = "created" if run == "first" else "unchanged"
            if counts[wanted] != count:
                raise SystemExit(f"{kind}: {counts}")
    return found
