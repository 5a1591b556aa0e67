"""Numerics that know no problem and no method: blocks, termwise products, ball arithmetic."""
