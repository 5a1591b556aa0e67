"""Adam in the limit of a long memory: frozen at its stationary state, and on the way there."""

from dataclasses import dataclass

from .. import validation as check


@dataclass(frozen=True)
class LongMemoryAdam:
    """The limit beta2 -> 1 of EMA Adam: frozen at the second moment of its own stationary state.

    It has a stationary risk in every basis (:func:`~diagprec_core.stationary_risk`; SXQ-9, SXQ-18,
    SXQ-19), and a run of its frozen weights (:func:`~diagprec_core.simulate`), but no rule that
    adapts: :class:`IdealisedAdam`, which follows the moment from step to step, and
    :class:`MeanFieldAdam`, which follows its average, are other processes.

    Parameters
    ----------
    beta1 : float
        Decay of the average of the gradient, in [0, 1).

    Raises
    ------
    ValueError
        If `beta1` is outside its range.

    Examples
    --------
    >>> LongMemoryAdam()
    LongMemoryAdam(beta1=0.0)
    """

    beta1: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "beta1", _decay("beta1", self.beta1))


@dataclass(frozen=True)
class MeanFieldAdam:
    """EMA Adam where its memory is long: its denominators at their means (SXQ-21).

    A deterministic recurrence for the expected risk, in :func:`~diagprec_core.risk_curve` and
    :func:`~diagprec_core.risk_at`. By default gradients are taken to be mostly noise: GN^-1/2 at
    the rate eta sqrt(B/nu_t), with nu_t Adam's bias-corrected average of R + sigma^2. Its relative
    error is about of the size of 1 - beta2 and of (B + 1) rho_i^2
    (:func:`~diagprec_core.correlation`), and larger in the first few steps, in which the average
    holds few gradients. With `signal` the denominators hold all of E[ghat^2], and (B + 1) rho_i^2
    may be large; outside of eigenbases a step then takes O(d^3).

    Parameters
    ----------
    beta1, beta2 : float
        Adam's, in [0, 1).
    signal : bool
        Whether denominators keep the signal (SXQ-21 (c)).

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> MeanFieldAdam(0.9, 0.999)
    MeanFieldAdam(beta1=0.9, beta2=0.999, signal=False)
    """

    beta1: float
    beta2: float
    signal: bool = False

    def __post_init__(self):
        check.as_instance("signal", self.signal, bool)
        for name in ("beta1", "beta2"):
            object.__setattr__(self, name, _decay(name, getattr(self, name)))


def _decay(name, value):
    """Check the decay of an average."""
    return check.as_number(name, value, low=0, high=1, open_high=True)
