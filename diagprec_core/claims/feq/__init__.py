"""Full batch, eigenbasis, quadratic."""
