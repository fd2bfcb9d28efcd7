"""The limit: a bare ASGI application that sends the recorded SQL through psycopg and answers JSON, nothing else."""

import asyncio
import os
import pickle
from pathlib import Path
from typing import Any

import orjson
from psycopg import AsyncClientCursor
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

RECORD: dict[str, Any] = pickle.loads(Path(os.environ["LIMIT_RECORD"]).read_bytes())
pool: AsyncConnectionPool | None = None
opening = asyncio.Lock()


async def connections() -> AsyncConnectionPool:
    global pool
    async with opening:
        if pool is None:
            made = AsyncConnectionPool(
                os.environ["LIMIT_DATABASE_URL"],
                min_size=2,
                max_size=8,
                open=False,
                kwargs={"autocommit": True, "cursor_factory": AsyncClientCursor},
            )
            await made.open(wait=True)
            pool = made
    return pool


def fitted(params: tuple[Any, ...], ids: dict[int, int], numbers: tuple[str, str]) -> list[Any]:
    """Recorded parameters with the ids and the number of this run."""
    old, new = numbers

    def fit(value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return ids.get(value, value)
        if isinstance(value, str):
            return value.replace(old, new).replace(old.casefold(), new.casefold()) if old else value
        if isinstance(value, list):
            return [fit(part) for part in value]
        return value

    return [Jsonb(value) if kind == "json" else fit(value) for kind, value in params]


async def replay(name: str) -> Any:
    statements = RECORD[name]
    rows: Any = []
    async with (await connections()).connection() as connection, connection.cursor() as cursor:
        if name != "create":
            for sql, params, _returned in statements:
                await cursor.execute(sql, [value for _kind, value in params])
                if cursor.description:
                    rows = await cursor.fetchall()
            return rows
        ids: dict[int, int] = {}
        numbers = ("", "")
        async with connection.transaction():
            for sql, params, returned in statements:
                if sql.startswith(("SAVEPOINT", "RELEASE")):
                    continue
                await cursor.execute(sql, fitted(params, ids, numbers))
                if not cursor.description:
                    continue
                rows = await cursor.fetchall()
                if returned is None or not rows:
                    continue
                if "core_numbering" in sql:
                    old = RECORD["number"]
                    numbers = (old, f"{old.rpartition('-')[0]}-{rows[0][0]:03d}")
                elif isinstance(returned[0], int):
                    ids[returned[0]] = rows[0][0]
    return rows


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    body = orjson.dumps(await replay(scope["path"].strip("/")), default=str)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
