"""Noise, exactly: moments, risks and floors of mini-batch runs, and samplers to check them by."""
