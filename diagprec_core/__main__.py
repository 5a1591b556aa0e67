"""`python -m diagprec_core`: see :mod:`diagprec_core.commands.verify`."""

import sys

from .commands.verify import main

sys.exit(main())
