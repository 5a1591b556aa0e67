"""Numerics that know no problem and no method: blocks, modes, minima, ball arithmetic."""
