"""Losses, per-example gradients, and the true Gauss-Newton matrix in a chosen basis.

G = mean over examples of J^T H J, J the Jacobian of the outputs, shape (k, p), and H the Hessian
of the loss in the outputs: the identity for the squared loss, diag(q) - q q^T with q the softmax
for the cross-entropy. Both have a root, H = S^T S with S = (I - sqrt(q) sqrt(q)^T) diag(sqrt(q)),
because I - sqrt(q) sqrt(q)^T is a projection. So with Z = S J, G is the mean of Z^T Z and
u^T G u the mean of ``|Z u|^2``: nothing is sampled, and no label is used.
"""

import jax
import jax.numpy as jnp


def losses(task, theta, inputs, targets):
    """Return the loss of every example, shape (n,)."""
    f = task.network.outputs(theta, inputs)
    if task.loss == "squared":
        return 0.5 * jnp.sum((f - targets) ** 2, axis=-1)
    chosen = jnp.take_along_axis(f, targets[:, None], axis=-1)[:, 0]
    return jax.nn.logsumexp(f, axis=-1) - chosen


def mean_loss(task, theta, inputs, targets):
    """Return the mean loss, a scalar."""
    return losses(task, theta, inputs, targets).mean()


def example_gradients(task, theta, inputs, targets):
    """Return the gradient of every example's loss, shape (n, p)."""

    def one(x, y):
        return jax.grad(mean_loss, argnums=1)(task, theta, x[None], y[None])

    return jax.vmap(one)(inputs, targets)


def output_root(task, outputs):
    """Return S with S^T S = H for every example, shape (n, k, k)."""
    k = outputs.shape[-1]
    if task.loss == "squared":
        return jnp.broadcast_to(jnp.eye(k), (*outputs.shape, k))
    root = jnp.sqrt(jax.nn.softmax(outputs, axis=-1))
    return (jnp.eye(k) - root[:, :, None] * root[:, None, :]) * root[:, None, :]


def whitened_jacobians(task, theta, inputs):
    """Return Z = S J for every example, shape (n, k, p)."""
    network = task.network

    def one(x):
        return jax.jacrev(lambda t: network.forward(network.matrices(t), x))(theta)

    z = jax.vmap(one)(inputs)
    if task.loss == "squared":
        return z  # S is the identity
    return output_root(task, network.outputs(theta, inputs)) @ z


def gauss_newton(z):
    """Return G from the whitened Jacobians, shape (p, p)."""
    flat = z.reshape(-1, z.shape[-1])
    return flat.T @ flat / z.shape[0]


def diagonal(z, basis=None):
    """Return u_i^T G u_i for the columns of a basis (identity if None), shape (p,)."""
    rotated = z if basis is None else z @ basis
    return jnp.sum(rotated**2, axis=(0, 1)) / z.shape[0]


def kronecker(network, z):
    """Return the Kronecker-factored basis of G, shape (p, p).

    It is block-diagonal over the matrices. For a matrix of shape (m, n) its block is the Kronecker
    product of the eigenbases of the two partial traces of that block of G: Shampoo's and SOAP's
    statistics E[D D^T] and E[D^T D], with the rows of Z in the place of the gradients D.
    """
    basis = jnp.zeros((network.size, network.size))
    for block, (m, n) in zip(network.blocks, network.shapes, strict=True):
        d = z[:, :, block].reshape(-1, m, n)
        left = jnp.linalg.eigh(jnp.einsum("aik,ajk->ij", d, d))[1]
        right = jnp.linalg.eigh(jnp.einsum("aik,ail->kl", d, d))[1]
        basis = basis.at[block, block].set(jnp.kron(left, right))
    return basis


def full(z):
    """Return the eigenvectors of G, eigenvalues ascending, shape (p, p)."""
    return jnp.linalg.eigh(gauss_newton(z))[1]
