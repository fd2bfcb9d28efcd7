"""Static files with content hashes in their names, served by the program itself."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # reason: whitenoise ships no types
    """A page whose file is missing from the manifest still renders (fresh checkout, tests)."""

    manifest_strict = False
