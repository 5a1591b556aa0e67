"""Between and beside the bases; which power."""
