"""Full batch, eigenbasis, logistic regression."""
