"""Full batch, identity basis, quadratic."""
