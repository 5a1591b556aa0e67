"""Mini-batch, either basis, logistic regression."""
