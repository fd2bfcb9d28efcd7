"""Keys for programs and for links: random, shown once, kept as a digest."""

import hashlib
import secrets

PREFIX = "cl_"


def new_key() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """SHA-256 is enough here: the keys are random, not passwords."""
    return hashlib.sha256(key.encode()).hexdigest()
