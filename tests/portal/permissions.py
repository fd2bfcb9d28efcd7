from tests.permission_rows import Row

TOKEN = {"token": "x" * 32}
KEY = "00000000-0000-4000-8000-000000000000"

PERMISSIONS = [
    Row("portal:order", kwargs=TOKEN, public=True),
    Row("portal:request", kwargs=TOKEN, public=True),
    Row("portal:decide", kwargs=TOKEN, method="post", public=True),
    Row("portal:code", kwargs=TOKEN, method="post", public=True),
    Row("portal:photo", kwargs={**TOKEN, "key": KEY}, public=True),
    Row("portal:paper", kwargs={**TOKEN, "paper": "settlement"}, public=True),
]
