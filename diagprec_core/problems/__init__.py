"""What is minimised: quadratics, Gaussian and logistic regression, and the book's instances."""
