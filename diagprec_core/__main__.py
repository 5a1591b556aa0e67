"""`python -m diagprec_core`: see :mod:`diagprec_core.cli`."""

import sys

from .cli import main

sys.exit(main())
