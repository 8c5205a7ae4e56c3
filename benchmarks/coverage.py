"""How often intervals of agreement hold the truth, in simulated reader studies of known agreement.

    python benchmarks/coverage.py

Two readers answer yes or no for both sides of each patient. A quarter of the patients is hard, half
of the time the second side of a patient repeats the first, in truth and in error: so sides of one
patient are no two witnesses. The true kappa and AC1 come from 400,000 such patients. Each line is
of 600 studies; 95 of 100 intervals should hold the truth. It takes some minutes.
"""

import numpy as np

from mriview.workflow.agreement import coefficients, resampling
from mriview.workflow.agreement.coefficients import Numbers
from mriview.workflow.agreement.resampling import Drawn

STUDIES, MANY, SEED = 600, 400_000, 1
PATIENTS = (5, 8, 10, 15, 20, 30, 50, 100)
POSITIVE = (0.5, 0.9)
RIGHT, RIGHT_IF_HARD, HARD, LINKED = 0.95, 0.65, 0.25, 0.5
CELLS = 4


def drawn(random: np.random.Generator, patients: int, positive: float) -> Numbers:
    """Give what two readers say of each patient: (patients, 4) counts of yes-yes, yes-no ..."""
    linked = random.random(patients) < LINKED
    truth = random.random((patients, 2)) < positive
    truth[:, 1] = np.where(linked, truth[:, 0], truth[:, 1])
    right = np.where(random.random((patients, 1)) < HARD, RIGHT_IF_HARD, RIGHT)
    said = [np.where(random.random((patients, 2)) < right, truth, ~truth) for _ in range(2)]
    for one in said:
        one[:, 1] = np.where(linked, one[:, 0], one[:, 1])
    cell = 2 * said[0] + said[1]
    return np.stack([(cell == n).sum(axis=1) for n in range(CELLS)], axis=1).astype(float)


def kappa_of(counts: Numbers) -> Drawn:
    """Give kappa as an expression of how often each patient counts."""
    return lambda times: coefficients.kappa((times @ counts).reshape(*times.shape[:-1], 2, 2))


def ac1_of(counts: Numbers) -> Drawn:
    """Give AC1 as an expression of how often each patient counts."""

    def value(times: Numbers) -> Numbers:
        tables = (times @ counts).reshape(*times.shape[:-1], 2, 2)
        units = tables.sum(axis=(-2, -1))
        agreed = np.trace(tables, axis1=-2, axis2=-1) / units
        shares = (tables.sum(axis=-1) + tables.sum(axis=-2)) / (2 * units[..., np.newaxis])
        return coefficients.ac1(agreed, shares, 2)

    return value


def main() -> None:
    """Print a line for each size of a study."""
    resampling.LEAST_PATIENTS = 2  # what is asked here is how many there must be
    random = np.random.default_rng(SEED)
    print("| patients | positive | kappa held | kappa has an interval | AC1 held |")
    print("|---|---|---|---|---|")
    for positive in POSITIVE:
        counts = drawn(random, MANY, positive)
        true = [float(of(counts)(np.ones(MANY))) for of in (kappa_of, ac1_of)]
        for patients in PATIENTS:
            held, given = np.zeros(2), np.zeros(2)
            for study in range(STUDIES):
                counts = drawn(random, patients, positive)
                found = resampling.intervals([kappa_of(counts), ac1_of(counts)], patients, study)
                for n, ends in enumerate(found):
                    if ends.low is not None:
                        given[n] += 1
                        held[n] += ends.low <= true[n] <= ends.high
            shares = [*(100 * held / np.maximum(given, 1)), 100 * given[0] / STUDIES]
            kappa, ac1, has = (f"{share:.0f} %" for share in shares)
            print(f"| {patients} | {100 * positive:.0f} % | {kappa} | {has} | {ac1} |", flush=True)


if __name__ == "__main__":
    main()
