"""`python -m diagprec_core`: see :mod:`diagprec_core.commands`."""

import sys

from .commands import main

sys.exit(main())
