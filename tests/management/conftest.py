"""The command line in this process and as a program of its own."""

import json
import subprocess
import sys

import pytest
from django.utils import translation

from careloop.management import cli, words

PROGRAM = [sys.executable, "-m", "careloop.management.cli"]


@pytest.fixture
def run(capsys):
    """`run("import", …)` → exit code, standard output, standard error; in this process, in English unless told."""
    before = words.chosen()
    with translation.override(None):

        def call(*args, lang="en"):
            try:
                code = cli.main([*map(str, args), *(["--lang", lang] if lang else [])])
            except SystemExit as end:
                code = end.code
            printed = capsys.readouterr()
            return code, printed.out, printed.err

        yield call
    words.use(before)


@pytest.fixture
def program(own_database):
    """The same as a process with a database of its own; `check` is the expected exit code."""

    def call(*args, check=0, lang="en"):
        done = subprocess.run(
            [*PROGRAM, *map(str, args), "--lang", lang], env=own_database, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == check, done.stdout + done.stderr
        return done

    call.env = own_database
    call.json = lambda *args, **options: json.loads(call(*args, "--json", **options).stdout)
    return call
