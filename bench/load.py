"""Keep-alive clients over HTTP by `wrk` (Debian), and what the servers used meanwhile.

One connection gives latencies without queueing, eight show what the machine carries.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

SCRIPT = """
local method, path, body = "{method}", "{path}", [[{body}]]
local headers = {headers}
local count = 0
request = function()
  count = count + 1
  local sent = body
  if body ~= "" then sent = body:gsub("@N@", tostring(os.time() % 100000) .. tostring(count)) end
  return wrk.format(method, path, headers, sent ~= "" and sent or nil)
end
done = function(summary, latency, requests)
  io.write(string.format("@@ %d %d %.3f %.3f %d\\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP = 8  # connections, so that every web process has answered before one of them is measured


class Failed(RuntimeError):
    """A request was refused: a figure would be a lie."""


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds, requests per second, CPU milliseconds per request (servers, database apart), MiB resident."""

    clients: int
    requests: int
    p50: float
    p95: float
    per_second: float
    cpu_ms: float
    database_cpu_ms: float
    memory_mib: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


def measure(port: int, call: Call, *, clients: int, seconds: int, servers: list[int], database: list[int]) -> Result:
    """Drive `call` for `seconds` after a short warm-up.

    Raises:
        Failed: wrk is missing, or an answer was not 2xx.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise Failed("wrk was not found. On Debian or Ubuntu: apt-get install wrk")
    headers = "{" + ", ".join(f"[{json.dumps(k)}] = {json.dumps(v)}" for k, v in call.headers.items()) + "}"
    text = SCRIPT.format(method=call.method, path=call.path, body=call.body, headers=headers)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "call.lua"
        script.write_text(text)

        def run(duration: int, clients: int = clients) -> list[float]:
            command = [wrk, "-t1", f"-c{clients}", f"-d{duration}s", "--timeout", "60s", "-s", str(script)]
            out = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True)
            found = re.search(r"@@ (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", out.stdout)
            if found is None:
                raise Failed(out.stdout + out.stderr)
            return [float(value) for value in found.groups()]

        run(1, clients=WARM_UP)
        before = cpu(servers), cpu(database)
        requests, microseconds, p50, p95, errors = run(seconds)
        if not requests:  # not one answer in that time
            before = cpu(servers), cpu(database)
            requests, microseconds, p50, p95, errors = run(12 * seconds)
        after = cpu(servers), cpu(database)
    if errors or not requests:
        raise Failed(f"{call.method} {call.path}: {errors:.0f} of {requests:.0f} answers were errors")
    return Result(
        clients=clients,
        requests=int(requests),
        p50=p50,
        p95=p95,
        per_second=requests / (microseconds / 1e6),
        cpu_ms=1000 * (after[0] - before[0]) / requests,
        database_cpu_ms=1000 * (after[1] - before[1]) / requests,
        memory_mib=memory(servers),
    )


def family(root: int) -> list[int]:
    """A process and all its children."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            waiting += [int(child) for child in task.read_text().split()]
    return found


def cpu(roots: list[int]) -> float:
    """Seconds of user and system time of the processes and their children."""
    total = 0.0
    for root in roots:
        for pid in family(root):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICKS
    return total


def memory(roots: list[int]) -> float:
    """Proportional resident memory in MiB: shared pages are counted once."""
    total = 0
    for root in roots:
        for pid in family(root):
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            found = re.search(r"^Pss:\s+(\d+)", rollup, re.M)
            total += int(found.group(1)) if found else 0
    return total / 1024
