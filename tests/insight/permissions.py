from tests.permission_rows import Row

REPORTS = "insight.view_reports"
EXPORT = "insight.export_reports"
PERMISSIONS = [
    Row("insight:satisfaction", REPORTS),
    Row("insight:reasons", REPORTS),
    Row("insight:audit-pack", EXPORT, also=frozenset({REPORTS, "feedback.view_answer"})),
]
