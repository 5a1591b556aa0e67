"""A user's small model in plain JAX, and dense matrices of it written without the package."""

import jax
import jax.numpy as jnp
import numpy as np

SHAPES = {"first": (4, 3), "bias": (3,), "last": (3, 3), "scale": ()}
N = 7


def outputs(parameters, inputs):
    hidden = jnp.tanh(inputs @ parameters["first"] + parameters["bias"])
    return jnp.exp(parameters["scale"]) * hidden @ parameters["last"]


def instance(seed=0):
    """Return parameters, inputs (7, 4), targets (7, 3) and classes (7,)."""
    rng = np.random.default_rng(seed)
    parameters = {name: jnp.asarray(rng.standard_normal(s)) for name, s in SHAPES.items()}
    inputs = jnp.asarray(rng.standard_normal((N, 4)))
    targets = jnp.asarray(rng.standard_normal((N, 3)))
    return parameters, inputs, targets, jnp.asarray(rng.integers(3, size=N))


def flat(tree):
    """Return a pytree as one vector, leaf after leaf in JAX's order."""
    return np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(tree)])


def blocks(tree):
    """Return the slice of `flat` for every leaf."""
    sizes = [leaf.size for leaf in jax.tree.leaves(tree)]
    ends = np.cumsum(sizes)
    return [slice(e - s, e) for s, e in zip(sizes, ends, strict=True)]


def unflat(vector, tree):
    leaves, structure = jax.tree.flatten(tree)
    parts = [vector[b].reshape(a.shape) for b, a in zip(blocks(tree), leaves, strict=True)]
    return jax.tree.unflatten(structure, [jnp.asarray(part) for part in parts])


def jacobian(parameters, inputs, model=outputs):
    """Return the full Jacobian, (n, k, p), one forward derivative a parameter."""
    x0 = flat(parameters)

    def of(vector):
        return model(unflat_traced(vector, parameters), inputs)

    return np.asarray(jax.jacfwd(of)(jnp.asarray(x0)))


def unflat_traced(vector, tree):
    leaves, structure = jax.tree.flatten(tree)
    parts = [vector[b].reshape(a.shape) for b, a in zip(blocks(tree), leaves, strict=True)]
    return jax.tree.unflatten(structure, parts)


def output_hessian(loss, f, y=None):
    """The Hessian of one example's loss in its outputs."""
    if loss == "squared":
        return np.eye(len(f))
    if loss == "cross-entropy":
        q = np.exp(f) / np.exp(f).sum()
        return np.diag(q) - np.outer(q, q)
    return np.asarray(jax.hessian(lambda g: loss(g, y))(jnp.asarray(f)))


def gauss_newton(loss, parameters, inputs, targets=None):
    """Return the full G, (p, p), a sum over examples."""
    j = jacobian(parameters, inputs)
    f = np.asarray(outputs(parameters, inputs))
    targets = [None] * len(f) if targets is None else targets
    terms = [a.T @ output_hessian(loss, b, y) @ a for a, b, y in zip(j, f, targets, strict=True)]
    return sum(terms) / len(terms)


def dense_basis(basis, parameters):
    """Return the block-diagonal orthogonal matrix that a basis of factors stands for, (p, p)."""
    dense = np.eye(flat(parameters).size)
    pairs = jax.tree.leaves(basis, is_leaf=lambda b: hasattr(b, "left"))
    for block, leaf, pair in zip(
        blocks(parameters), jax.tree.leaves(parameters), pairs, strict=True
    ):
        if leaf.ndim == 2:
            left, right = (
                np.eye(n) if f is None else np.asarray(f)
                for f, n in zip(pair, leaf.shape, strict=True)
            )
            dense[block, block] = np.kron(left, right)
    return dense


def huber(f, y):
    """A convex loss that is neither of the two named ones."""
    return jnp.sum(jnp.sqrt(1 + (f - y) ** 2))
