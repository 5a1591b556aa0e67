"""B-8: at 45 degrees a sawtooth schedule makes Adam pay the logarithm of kappa."""

from fractions import Fraction

import numpy as np

from ...full_batch.conditioning import sawtooth
from ...full_batch.descent import descend
from ...methods.adaptive import Adam
from ...methods.schedules import Schedule, halving
from ...problems.quadratic import Quadratic
from ..registry import Outcome, checks_in, control, evidence


def round_rates(kappa, kick=True):
    """Return the rates of one round with radius 1, in fractions; kappa an integer."""
    teeth = (kappa - 1).bit_length() + 1
    rates = [Fraction(1, 2**j) for j in range(1, teeth + 1)]
    rates += [Fraction(1, 2)] * 2
    return rates + ([Fraction(1, 2 * kappa)] if kick else []) + [Fraction(1, 2)]


def eigen_path(steep, flat, kappa, rates):
    """Return (s, c) after sign descent in the coordinates along the two eigenvectors, fractions.

    The gradient's signs agree where ``kappa |s| > |c|``, and then s moves; else c does.

    Raises
    ------
    ArithmeticError
        At a tie, which the claim excludes.
    """
    for rate in rates:
        if kappa * abs(steep) > abs(flat):
            steep -= rate if steep > 0 else -rate
        elif kappa * abs(steep) < abs(flat):
            flat -= rate if flat > 0 else -rate
        else:
            raise ArithmeticError("a gradient coordinate vanishes")
    return steep, flat


def starts_exact(kappa):
    """Return starts of the box in fractions: a grid, and points just beside its ties.

    After the teeth the delicate starts have ``kappa |s|`` barely above ``|c|``: they are found by
    following the signs of a full set of teeth back from there.
    """
    teeth = (kappa - 1).bit_length() + 1
    grid = [
        (Fraction(2 * i + 1, 31), Fraction(2 * j + 1, 37)) for i in range(15) for j in range(18)
    ]
    shift = sum(Fraction(1, 2**j) for j in range(1, teeth))
    ties = []
    for k in range(40):
        flat = Fraction(2 * k + 43, 123)
        for gap in (Fraction(1, 10**6), Fraction(1, 3 * kappa)):
            ties.append((flat / kappa - gap / kappa, flat))
            ties.append((shift + flat / kappa - gap / kappa, flat))
    return grid + [(s, c) for s, c in ties if 0 < s <= 1 and 0 < c <= 1]


@evidence("exact", "two rounds in rationals, grid and near ties")
@control("without the short step", kick=False)
@control("a box of 0.45", shrink=Fraction(9, 20))
def round_exact(kick=True, shrink=Fraction(1, 2)):
    """Two rounds in rationals, kappa = 5, 8, 29, 100 and 1000: is the box halved by each?"""
    broken, count = 0, 0
    for kappa in (5, 8, 29, 100, 1000):
        rates = round_rates(kappa, kick)
        for start in starts_exact(kappa):
            point, radius = start, Fraction(1)
            for _ in range(2):
                point = eigen_path(*point, kappa, [radius * rate for rate in rates])
                radius *= shrink
                if max(map(abs, point)) > radius:
                    broken += 1
                    break
            count += 1
    return Outcome(broken == 0, f"{broken} of {count} starts break it", f"0 of {count} starts")


@evidence("numerical", "the core, 4000 random starts, 12 rounds")
@control("plain halving", plain=True)
def core_numerical(plain=False):
    """The core from 4000 random starts, kappa = 10 to 10^6, 12 rounds: within 2 a 2^-m"""
    rng, broken = np.random.default_rng(181), 0
    for kappa in (10.0, 100.0, 1e4, 1e6):
        rho = (kappa - 1) / (kappa + 1)
        for sign in (-1, 1):
            schedule = sawtooth(3.0, kappa, 12)
            if plain:
                schedule = halving(3.0, 12)
            starts = rng.uniform(-3, 3, (500, 2))
            run = descend(
                Quadratic([[1, sign * rho], [sign * rho, 1]]),
                Adam(),
                start=starts,
                learning_rate=Schedule(np.tile(schedule.rates, (500, 1))),
            )
            ends = np.arange(1, 13) * (schedule.steps // 12)
            allowed = 6.0 * 0.5 ** np.arange(1, 13)
            broken += (run.error[ends] > allowed[:, None] * (1 + 1e-6)).any(axis=0).sum()
    return Outcome(broken == 0, f"{broken} of 4000 starts break it", "0 of 4000 starts")


@evidence("exact", "pace with (kappa - 1)/(kappa + 1), integers")
@control("kappa from 28 on", 28)
def overtake_exact(least=29):
    """2^(-1/n) < (kappa - 1)/(kappa + 1), n = ceil(log2 kappa) + 5, kappa from 29 to 10^4

    Beyond, at kappa in (2^(k-1), 2^k], it is enough at 2^(k-1), k from 6 to 200; in integers.
    """

    def ahead(low, bits):
        n = bits + 5
        return (low + 1) ** n < 2 * (low - 1) ** n

    slow = [kappa for kappa in range(least, 10001) if not ahead(kappa, (kappa - 1).bit_length())]
    slow += [2 ** (k - 1) for k in range(6, 201) if not ahead(2 ** (k - 1), k)]
    return Outcome(not slow, f"not ahead at {slow[:3] or 'none'}", "not ahead at none")


CHECKS = {"B-8": checks_in(globals())}
