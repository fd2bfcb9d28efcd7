from tests.permission_rows import Row

PERMISSIONS = [Row("insight:satisfaction", "insight.view_reports")]
