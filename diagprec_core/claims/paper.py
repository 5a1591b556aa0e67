"""What the paper claims, in this book's own words: P1 to P6, as the claims here name them."""

PAPER = {
    "P1": (
        "Two families of diagonal preconditioners compete: Adam, which scales each coordinate by "
        "what it has seen of the gradient, and Gauss-Newton, which scales it by a power of the "
        "curvature's diagonal (-1, or -1/2; Sophia is built on it)."
    ),
    "P2": (
        "Two things decide between them: the basis in which the preconditioner is diagonal (the "
        "parameters as they come, or the eigenbasis of the Gauss-Newton matrix), and whether the "
        "gradients are noisy."
    ),
    "P3": (
        "Without noise, whatever the basis, there are problems on which Adam beats both GN^-1 and "
        "GN^-1/2: a linear regression whose curvature hides from the diagonal in the identity "
        "basis, a logistic regression in the eigenbasis."
    ),
    "P4": (
        "With mini-batches, on linear regression with Gaussian data, Adam behaves like GN^-1/2, in "
        "every basis."
    ),
    "P5": (
        "In the right basis GN^-1 is the best preconditioner for a quadratic, with full batches "
        "and with mini-batches."
    ),
    "P6": (
        "Experiments agree with all this, on convex problems and beyond: small networks and a "
        "transformer, in the identity basis, Kronecker-factored bases and the eigenbasis, and on "
        "geodesics between bases."
    ),
}

# The same in a few words.
SHORT = {
    "P1": "two families of preconditioners",
    "P2": "basis and noise decide",
    "P3": "without noise Adam can win in either basis",
    "P4": "with mini-batches Adam is GN^-1/2",
    "P5": "in the right basis GN^-1 is best for quadratics",
    "P6": "experiments agree",
}
