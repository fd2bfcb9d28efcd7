from tests.permission_rows import Row

PERMISSIONS = [
    Row("web:today"),
    Row("web:today-rail", "workorders.view_workorder"),
    Row("web:search"),
    Row("web:palette"),
    Row("web:settings"),
    Row("web:preferences", method="post"),
    Row("web:role", method="post"),
    Row("web:station", method="post"),
    Row("web:token-issue", method="post"),
    Row("web:audit", "core.view_audit"),
    Row("web:health", public=True),
    Row("web:language", method="post", public=True),
    Row("web:counts"),
    Row("web:views"),
    Row("web:views", method="post"),
    Row("web:styleguide", public=True),
    Row("web:styleguide-step", public=True),
    Row("web:styleguide-print", public=True),
    Row("web:styleguide-public", public=True),
]
