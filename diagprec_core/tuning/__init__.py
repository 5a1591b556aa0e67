"""The best of many: learning rates, powers of Gauss-Newton, whole methods."""
