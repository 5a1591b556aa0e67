"""Full batch, identity basis, logistic regression."""
