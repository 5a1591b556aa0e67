"""The rules of the language experiment, each with the knob that is searched beside its rate.

All have the momentum beta1. A setting is a point of the lattice that `search` walks on: the
learning rate is two to its first number, the knob four to minus its second.

Curvature is estimated with labels drawn from the model, one draw a sequence, on sequences that the
step does not train on. Sophia is the published one otherwise too: its curvature is the square of
one gradient, that of the step's own batch under drawn labels, averaged over refreshes with 0.99
and clipped. Only the start differs: the average is corrected for it, because without that its size
would depend on how long a run is, and the clip found by short runs would be wrong for long ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import optax

from ...transformations import scale_by_adam_in_basis, scale_by_gauss_newton

BATCH = 8  # sequences a step
CURVATURE = 8  # sequences a refresh, other ones, for GN^-1 and GN^-1/2
REFRESH = 10  # steps
BETA1 = 0.9


@dataclass(frozen=True)
class Rule:
    """A rule and where its search begins.

    Attributes
    ----------
    name : str
    build : callable
        (knob, key) -> an optax transformation, momentum included, learning rate not.
    start : tuple of int
        The setting in the middle of the search's first grid: rate, and the knob if there is one.
    knob : str
        What the knob is, or "" where there is none.
    bounds : tuple, optional
        Natural ends of the axes, as in `search.search`.
    curvature : int
        Sequences of its own on which curvature is estimated at a refresh.
    passes : float
        Gradient evaluations that a refresh takes, one on BATCH sequences counting as 1.
    whole : bool
        Whether the step's own batch is taken as one example where curvature is estimated: the
        square of one gradient with sampled labels, as Sophia has it.
    """

    name: str
    build: Callable
    start: tuple
    knob: str = ""
    bounds: tuple | None = None
    curvature: int = 0
    passes: float = 0.0
    whole: bool = False


def _momentum(build, knob, key):
    return optax.chain(optax.ema(BETA1), build(knob, key))


def _adam(knob, key):
    return optax.scale_by_adam(BETA1, 1 - knob)


def _adam_kronecker(knob, key):
    return scale_by_adam_in_basis(BETA1, 1 - knob, refresh=REFRESH)


def _gauss_newton(power, basis, knob, key):
    how = {"loss": "cross-entropy", "samples": 1, "key": key, "refresh": REFRESH}
    return scale_by_gauss_newton(power, knob, basis, **how)


def _sophia(knob, key):
    how = {"loss": "cross-entropy", "samples": 1, "key": key, "refresh": REFRESH}
    scale = scale_by_gauss_newton(-1.0, 0.0, average=0.99, clip=knob, **how)
    return optax.chain(scale, optax.scale(1 / knob))  # the rate is then the largest step


def _newton(name, power, basis, start):
    build = partial(_momentum, partial(_gauss_newton, power, basis))
    passes = (1 if basis == "identity" else 2) * CURVATURE / BATCH
    return Rule(name, build, start, "damping", None, CURVATURE, passes)


# Without memory (0) Adam is the sign; beyond 4^5 steps it remembers all of the run, and more is the
# same rule.
_MEMORY = {"knob": "1 - beta2", "bounds": ((None, None), (0, 5))}
RULES = (
    Rule("SGD", partial(_momentum, lambda *_: optax.identity()), (1,)),
    Rule("sign", partial(_momentum, lambda *_: optax.scale_by_sign()), (-8,)),
    Rule("Adam", _adam, (-7, 3), **_MEMORY),
    Rule("Adam, Kronecker", _adam_kronecker, (-6, 3), **_MEMORY),
    _newton("GN^-1", -1.0, "identity", (-7, 0)),
    _newton("GN^-1, Kronecker", -1.0, "kronecker", (-6, -1)),
    _newton("GN^-1/2", -0.5, "identity", (-2, -1)),
    _newton("GN^-1/2, Kronecker", -0.5, "kronecker", (-2, -1)),
    Rule("Sophia", partial(_momentum, _sophia), (-8, 2), "clip", passes=1.0, whole=True),
)


def values(rule, setting):
    """Return the learning rate and the knob of a setting; the knob of a rule without one is 1.

    >>> values(RULES[2], (-7, 2))
    (0.0078125, 0.0625)
    """
    return 2.0 ** setting[0], (4.0 ** -setting[1] if rule.knob else 1.0)
