"""Dense references that the tests compare the package with; they use nothing of it but names.

Plain loops and definitions, slow and without structure: every number that the core gives in closed
form or by a recurrence stands here a second time.
"""

import math

import mpmath
import numpy as np

# Problems without structure


def random_rotation(d, seed):
    """Return an orthogonal matrix without structure."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]


def dense_product(rotation, middle):
    """Return rotation @ middle @ rotation.T, exactly symmetric."""
    product = rotation @ middle @ rotation.T
    return (product + product.T) / 2


def random_hessian(d, seed, kappa=30.0):
    """Return a dense symmetric matrix with eigenvalues spread over [1/kappa, 1]."""
    rotation = random_rotation(d, seed)
    return dense_product(rotation, np.diag(np.geomspace(1 / kappa, 1, d)))


# Runs, step by step in the parameters


def textbook_direction(rule, gradient, curvature, state):
    """Return the direction of a rule, written from its definition; `state` is a dict to keep."""
    name = type(rule).__name__
    if name == "GradientDescent":
        return gradient
    if name == "GaussNewton":
        return gradient * (curvature + rule.damping) ** rule.power
    if name in ("IdealisedAdam", "SignDescent"):
        return np.sign(gradient)
    if name == "Weights":
        return gradient * rule.diagonal
    if name == "Sophia":
        return np.clip(gradient / (rule.gamma * curvature), -1, 1)
    if name != "Adam":
        raise NotImplementedError(name)
    t = state["t"] = state.get("t", 0) + 1
    m = rule.beta1 * state.get("m", 0.0) + (1 - rule.beta1) * gradient
    v = rule.beta2 * state.get("v", 0.0) + (1 - rule.beta2) * gradient**2
    state["m"], state["v"] = m, v
    above, below = m / (1 - rule.beta1**t), np.sqrt(v / (1 - rule.beta2**t)) + rule.eps
    return np.array([0.0 if a == b == 0 else a / b for a, b in zip(above, below, strict=True)])


def run_densely(hessian, optimum, rule, start, rates, basis=None):
    """Return theta_0, ..., theta_T of one run, shape (T+1, d), by a plain loop in the parameters.

    Nothing is carried out in the coordinates of the basis except the rule itself.
    """
    basis = np.eye(len(hessian)) if basis is None else basis
    curvature = np.array([u @ hessian @ u for u in basis.T])
    path, state = [np.array(start, dtype=float)], {}
    for rate in rates:
        gradient = hessian @ (path[-1] - optimum)
        direction = textbook_direction(rule, basis.T @ gradient, curvature, state)
        path.append(path[-1] - rate * basis @ direction)
    return np.array(path)


def dense_loss(hessian, optimum, path):
    """Return the loss at every row of a path."""
    return np.array([0.5 * (p - optimum) @ hessian @ (p - optimum) for p in path])


def many_digits(hessian, weights, error, rate, step):
    """Return (I - rate diag(weights) H)^step error by squaring matrices of 60 digits."""
    with mpmath.workdps(60):
        d = len(hessian)
        matrix = mpmath.eye(d) - rate * mpmath.diag(list(weights)) * mpmath.matrix(hessian.tolist())
        power = matrix**step * mpmath.matrix(error.tolist())
        return np.array([float(power[i]) for i in range(d)])


def dense_condition(hessian, power, basis):
    """Return kappa_p from the eigenvalues of the unsymmetric matrix P H."""
    weights = np.array([u @ hessian @ u for u in basis.T]) ** power
    values = np.linalg.eigvals(basis @ np.diag(weights) @ basis.T @ hessian).real
    return values.max() / values.min()


# Logistic regression, example by example


def dense_logistic(features, weights, labels, theta):
    """Return loss, gradient and GN matrix at one point, example by example, in Python floats.

    Plain formulas, good for logits of moderate size.
    """
    loss, gradient, matrix = 0.0, 0.0, 0.0
    for x, w, q in zip(features, weights, labels, strict=True):
        s = 1 / (1 + math.exp(-(x @ theta)))
        loss -= w * (q * math.log(s) + (1 - q) * math.log(1 - s))
        gradient = gradient + w * (s - q) * x
        matrix = matrix + w * s * (1 - s) * np.outer(x, x)
    return loss, gradient, matrix


def run_logistic_densely(features, weights, labels, rule, start, rates, basis=None):
    """Return theta_0, ..., theta_T of one logistic run, shape (T+1, d), in the parameters."""
    basis = np.eye(features.shape[1]) if basis is None else basis
    path, state = [np.array(start, dtype=float)], {}
    for rate in rates:
        _, gradient, matrix = dense_logistic(features, weights, labels, path[-1])
        curvature = np.array([u @ matrix @ u for u in basis.T])
        direction = textbook_direction(rule, basis.T @ gradient, curvature, state)
        path.append(path[-1] - rate * basis @ direction)
    return np.array(path)


# Mini-batches: dense moments, drawn data


def isserlis_second_moment(regression, parameters, batch_size, basis):
    """E[(u . ghat)^2] from the full tensor of fourth moments of Gaussian features."""
    s, delta = regression.covariance, parameters - regression.optimum
    fourth = np.einsum("ij,kl->ijkl", s, s)
    fourth = fourth + np.einsum("ik,jl->ijkl", s, s) + np.einsum("il,jk->ijkl", s, s)
    single = np.einsum("ijkl,k,l->ij", fourth, delta, delta) + regression.noise_std**2 * s
    mean = s @ delta
    batch = single / batch_size + (1 - 1 / batch_size) * np.outer(mean, mean)
    return np.einsum("ij,ik,kj->j", basis, batch, basis)


def data_gradients(regression, parameters, batch_size, rng):
    """One mini-batch gradient at each row of parameters (runs, d), from drawn features."""
    runs, d = parameters.shape
    x = rng.standard_normal((runs, batch_size, d)) @ np.linalg.cholesky(regression.covariance).T
    noise = regression.noise_std * rng.standard_normal((runs, batch_size))
    residual = np.einsum("nbi,ni->nb", x, parameters - regression.optimum) - noise
    return np.einsum("nb,nbi->ni", residual, x) / batch_size


def dense_preconditioner(regression, rule, basis):
    """P = U diag(w) U^T, from the definition; a rule may be given by its power."""
    diagonal = np.diag(basis.T @ regression.covariance @ basis)
    if isinstance(rule, float | int):
        weights = diagonal**rule
    else:
        weights = textbook_direction(rule, np.ones(len(diagonal)), diagonal, None)
    return basis @ np.diag(weights) @ basis.T


def dense_risks(regression, preconditioner, start, rates, batch_size):
    """E[delta' Sigma delta] from the d x d matrix E[delta delta'], by Isserlis' theorem."""
    sigma, delta = regression.covariance, start - regression.optimum
    second, risks = np.outer(delta, delta), []
    for rate in [*rates, None]:
        risk = np.trace(sigma @ second)
        risks.append(risk)
        if rate is not None:
            step = rate * preconditioner
            mixed = second - step @ sigma @ second - second @ sigma @ step.T
            gradient = (1 + 1 / batch_size) * sigma @ second @ sigma
            gradient = gradient + sigma * (risk + regression.noise_std**2) / batch_size
            second = mixed + step @ gradient @ step.T
    return np.array(risks)


def dense_averages(regression, preconditioner, start, rates, batch_size):
    """E[R] of the means, from the d x d moments of error and sum, by Isserlis' theorem."""
    sigma, delta = regression.covariance, start - regression.optimum
    second = mixed = total = np.outer(delta, delta)
    risks = [np.trace(sigma @ total)]
    for t, rate in enumerate(rates):
        step = rate * preconditioner
        mean = np.eye(len(sigma)) - step @ sigma
        variance = np.trace(sigma @ second) + regression.noise_std**2
        spread = (sigma @ second @ sigma + variance * sigma) / batch_size
        second = mean @ second @ mean.T + step @ spread @ step.T
        mixed = mixed @ mean.T
        total = total + mixed + mixed.T + second
        mixed = mixed + second
        risks.append(np.trace(sigma @ total) / (t + 2) ** 2)
    return np.array(risks)


def joint_map(covariance, preconditioner, rate, batch_size, momentum):
    """Return K and c with vec E[(delta, m)(delta, m)^T] -> K vec + sigma^2 c, a step of momentum.

    With m+ = beta m + (1 - beta) ghat and delta+ = delta - eta P m+; ghat has mean Sigma delta, and
    its covariance (Sigma M Sigma + (tr(Sigma M) + sigma^2) Sigma)/B by Isserlis' theorem.
    """
    eye = np.eye(len(covariance))
    pull = rate * preconditioner
    into = np.vstack([-(1 - momentum) * pull, (1 - momentum) * eye])
    mean = np.vstack([np.hstack([eye, -momentum * pull]), np.hstack([0 * eye, momentum * eye])])
    mean = mean + into @ np.hstack([covariance, 0 * eye])
    position = np.hstack([eye, 0 * eye])
    around = into @ covariance @ position
    spread = (into @ covariance @ into.T).reshape(-1)
    weigh = (position.T @ covariance @ position).reshape(-1)
    linear = np.kron(mean, mean)
    linear += (np.kron(around, around) + np.outer(spread, weigh)) / batch_size
    return linear, spread / batch_size, weigh


def dense_floor(regression, rule, basis, rate, batch_size, momentum=0.0):
    """Return the risk at the fixed point of the dense map, inf if it is not stable, and |K|."""
    preconditioner = dense_preconditioner(regression, rule, basis)
    linear, source, weigh = joint_map(
        regression.covariance, preconditioner, rate, batch_size, momentum
    )
    radius = np.abs(np.linalg.eigvals(linear)).max()
    if radius >= 1:
        return np.inf, radius
    fixed = np.linalg.solve(np.eye(len(linear)) - linear, source)
    return regression.noise_std**2 * weigh @ fixed, radius


def stepped_precisely(modes, moments, rate, noise, batch_size, steps):
    """Return log R_T by SXQ-7 as it is written, in extended precision."""
    s, m = modes.astype(np.longdouble), moments.astype(np.longdouble)
    rate, batch_size = np.longdouble(rate), np.longdouble(batch_size)
    for _ in range(steps):
        push = rate**2 / batch_size * s * (s @ m + np.longdouble(noise))
        m = m * (1 - 2 * rate * s + (rate * s) ** 2 * (1 + 1 / batch_size)) + push
    return float(np.log(s @ m))


def eigen_risks(modes, moments, rates, noise, batch_size, steps):
    """Return R_T at each rate by diagonalising the recurrence of SXQ-7, shape (n,).

    The distance to the identity is diagonalised, so that slow parts keep their digits.
    """
    x = np.asarray(rates)[:, None] * modes
    rho = np.asarray(rates)[:, None] ** 2 / batch_size
    decay = x * (2 - x * (1 + 1 / batch_size))
    with np.errstate(all="ignore"):
        matrix = decay[..., None] * np.eye(len(modes)) - rho[..., None] * np.outer(modes, modes)
        loss, vectors = np.linalg.eigh(matrix)
        weights = np.einsum("nij,i->nj", vectors, modes)
        first = np.einsum("nij,i->nj", vectors, moments) * weights
        exponent = steps * np.log1p(-np.minimum(loss, 1.0))
        total = np.where(loss == 0, steps, -np.expm1(exponent) / np.where(loss == 0, 1, loss))
        driven = rho * noise * weights**2 * total
        # A mode that is not excited stays so, also where its growth overflows.
        kept = np.where(first == 0, 0.0, first * np.exp(exponent))
        risks = (kept + np.where(driven > 0, driven, 0.0)).sum(axis=-1)
    return np.where(np.isfinite(risks), risks, np.inf)
