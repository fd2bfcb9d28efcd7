"""`python -m careloop.measures NAME FILE…`."""

import sys

from careloop.measures.cli import main

sys.exit(main(sys.argv[1:]))
