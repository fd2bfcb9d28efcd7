"""House rules that no linter knows. `python tools/check_rules.py [PATH…]` prints what breaks one; exit code 1.

Python: where rows are read, written and locked, where a state changes, who may ask for the time, how long a
function may be, which comments need a reason. Templates: nothing that the strict Content-Security-Policy would
block, nothing unescaped, only trimmed translation blocks. `docs/architecture.md` gives the reasons.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("careloop", "tools", "bench", "tests", "e2e")
LEFT_OUT = {"migrations", "vendor", "node_modules", "work", "__pycache__"}

FUNCTION_LINES, MODULE_LINES = 60, 500
# Django and the worker call these with nothing in hand, so they ask for the time themselves.
ASKED_BY_DJANGO = ("careloop/core/jobs.py", "careloop/core/middleware.py", "careloop/accounts/sessions.py")
ENTRANCES = (
    "views",
    "api",
    "handlers",
    "jobs",
    "urls",
    "forms",
    "actions",
    "imports",
    "exports",
    "middleware",
    "command",
)
WRITES = {"save", "delete", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
CLOCKS = {"timezone", "datetime"}

IGNORES = re.compile(r"#\s*(type:\s*ignore|noqa|pragma:|isort:|ruff:|mypy:)")
NAMED_IGNORE = re.compile(r"#\s*(type:\s*ignore\[|noqa:|pragma:|isort:|ruff:|mypy:)")
REASON = re.compile(r"#\s*reason:\s*\w+")
LATE_REASON = re.compile(r"#\s*(slow|optional|app ready):\s*\w+")

Finding = tuple[int, str]


class Place:
    """Where a Python file stands in the house."""

    def __init__(self, path: PurePosixPath) -> None:
        parts = path.parts
        self.path = str(path)
        self.is_product = parts[0] == "careloop"
        self.is_test = parts[0] in ("tests", "e2e")
        self.may_import_late = parts[0] == "bench"  # measures start-up and memory, so it says when what is loaded
        self.app = parts[1] if self.is_product and len(parts) > 2 else ""
        # core holds the machinery of sweeps, actions and middleware, not entrances to it
        module = parts[2].removesuffix(".py") if len(parts) > 2 else ""
        self.is_entrance = self.app not in ("", "core") and (
            module in ENTRANCES or module.startswith(("views_", "api_"))
        )
        self.may_ask_the_time = (
            not self.is_product or self.is_entrance or self.app in ("management", "api") or self.path in ASKED_BY_DJANGO
        )
        self.may_read_environment = (
            not self.is_product
            or self.app == "management"
            or self.path in ("careloop/settings.py", "careloop/wsgi.py", "careloop/asgi.py")
            or parts[-1] == "cli.py"
        )


def check_python(path: PurePosixPath, source: str) -> Iterator[Finding]:
    place, lines = Place(path), source.splitlines()
    tree = ast.parse(source, filename=str(path))
    yield from ignores(source)
    if place.is_test:
        return
    yield from sizes(tree, lines)
    if not place.may_import_late:
        yield from late_imports(tree, lines)
    if place.is_product:
        for node in ast.walk(tree):
            yield from attributes(node, place)
            yield from calls(node, place)
            yield from unescaped(node, lines)


def attributes(node: ast.AST, place: Place) -> Iterator[Finding]:
    if not isinstance(node, ast.Attribute):
        return
    if place.is_entrance and node.attr == "objects":
        yield node.lineno, "entrances read through queries.py, not .objects"
    if node.attr == "select_for_update" and place.path != "careloop/core/models.py":
        yield node.lineno, "lock rows with the QuerySet's lock(), which runs the query"
    if node.attr == "state" and isinstance(node.ctx, ast.Store) and place.path != "careloop/core/flow.py":
        yield node.lineno, "a state is written by core.flow.apply only"
    if node.attr in ("now", "today") and name_of(node.value) in CLOCKS and not place.may_ask_the_time:
        yield node.lineno, f"{name_of(node.value)}.{node.attr}: the time is an argument; entrances ask for it"
    is_environment = node.attr in ("environ", "getenv") and name_of(node.value) == "os"
    if is_environment and not place.may_read_environment:
        yield node.lineno, "settings.py is the only reader of the environment"


def calls(node: ast.AST, place: Place) -> Iterator[Finding]:
    if not isinstance(node, ast.Call):
        return
    name = name_of(node.func)
    is_method = isinstance(node.func, ast.Attribute)
    if is_method and place.is_entrance and name in WRITES:
        yield node.lineno, f".{name}(): entrances write through services.py"
    if is_method and place.is_entrance and name == "cursor":
        yield node.lineno, ".cursor(): entrances read through queries.py"
    writes_state = is_method and name == "update" and any(word.arg == "state" for word in node.keywords)
    if writes_state and place.path != "careloop/core/flow.py":
        yield node.lineno, "a state is written by core.flow.apply only"
    if name in ("localdate", "localtime") and not (node.args or node.keywords or place.may_ask_the_time):
        yield node.lineno, f"{name}(): the time is an argument; entrances ask for it"


def unescaped(node: ast.AST, lines: list[str]) -> Iterator[Finding]:
    """A module that builds HTML by hand says at the import what keeps user text escaped there."""
    if not isinstance(node, ast.ImportFrom) or REASON.search(lines[node.lineno - 1]):
        return
    if {alias.name for alias in node.names} & {"mark_safe", "SafeString"}:
        yield node.lineno, "mark_safe: use format_html, or say `# reason:` at the import"


def name_of(node: ast.AST) -> str:
    """Last part of a dotted name: `datetime` for both `datetime` and `dt.datetime`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def sizes(tree: ast.Module, lines: list[str]) -> Iterator[Finding]:
    if len(lines) > MODULE_LINES:
        yield 1, f"{len(lines)} lines; a module has at most {MODULE_LINES}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines; a function has at most {FUNCTION_LINES}"


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The contract of a formula may be longer than the formula; it does not count."""
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or first.lineno) - first.lineno + 1 if is_text and ast.get_docstring(node) else 0


def late_imports(tree: ast.Module, lines: list[str]) -> Iterator[Finding]:
    """Imports inside functions need a reason: on their line, above it, or on the import just before."""
    nodes = {
        child.lineno: child
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.walk(function)
        if isinstance(child, ast.Import | ast.ImportFrom)
    }
    explained_to = 0
    for start, node in sorted(nodes.items()):
        end = node.end_lineno or start
        above = lines[start - 2] if lines[start - 2].lstrip().startswith("#") else ""
        if explained_to == start - 1 or LATE_REASON.search("\n".join([above, *lines[start - 1 : end]])):
            explained_to = end
        else:
            yield start, "late import without a reason (# slow: / # optional: / # app ready:)"


def ignores(source: str) -> Iterator[Finding]:
    """Comments that silence a tool name what they silence, and why."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or not IGNORES.match(token.string):
            continue
        if not NAMED_IGNORE.match(token.string):
            yield token.start[0], "name what is ignored: type: ignore[code] or noqa: CODE"
        if not REASON.search(token.string):
            yield token.start[0], "an ignore needs a reason: `# reason: …` after it"


TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}", re.DOTALL)
TEMPLATE_RULES = (
    (r"\{%-?\s*blocktrans(late)?\b(?![^%]*\btrimmed\b)", "blocktranslate takes `trimmed`"),
    (r"(?<![\w-])style\s*=", "no style attribute: the Content-Security-Policy blocks it"),
    (r"<style\b", "no style element: put it into a style sheet"),
    (r"(?<![\w-])on[a-z]+\s*=\s*[\"'{]", "no on… attribute: the Content-Security-Policy blocks it"),
    (r"(?<![\w-])(data-)?hx-on\b", "no hx-on: it is inline script"),
    (r"hx-(vals|headers|vars)\s*=\s*[\"']\s*(js|javascript):", "no js: in hx-vals: it is inline script"),
    (r"=\s*[\"']\s*javascript:", "no javascript: address"),
    (r"\|\s*safe(seq)?\b", "no |safe: text stays escaped"),
    (r"\{%\s*autoescape\s+off", "no autoescape off: text stays escaped"),
    (r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*type\s*=\s*[\"']application/json)", "no script without src"),
)


def check_template(source: str) -> Iterator[Finding]:
    text = TEMPLATE_COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)
    for pattern, message in TEMPLATE_RULES:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield text.count("\n", 0, match.start()) + 1, message


def check(path: PurePosixPath, source: str) -> list[Finding]:
    """Findings in one file; `path` is relative to the repository."""
    try:
        return sorted(check_python(path, source) if path.suffix == ".py" else check_template(source))
    except SyntaxError as error:
        return [(error.lineno or 1, f"not Python {sys.version_info[0]}.{sys.version_info[1]}: {error.msg}")]


def files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        candidates = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in candidates:
            relative = path.relative_to(ROOT)
            if LEFT_OUT & set(relative.parts):
                continue
            if path.suffix == ".py" or (path.suffix == ".html" and "templates" in relative.parts):
                yield path


def main(arguments: list[str]) -> int:
    folders = [Path(argument).resolve() for argument in arguments] or [ROOT / name for name in FOLDERS]
    count = total = 0
    for path in files(folder for folder in folders if folder.exists()):
        relative = path.relative_to(ROOT)
        total += 1
        for line, message in check(PurePosixPath(relative.as_posix()), path.read_text("utf-8")):
            print(f"{relative}:{line}: {message}")
            count += 1
    print(f"rules: {count} to mend" if count else f"rules: {total} files follow them")
    return int(bool(count))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
