"""Mini-batch, either basis, Gaussian linear regression."""
