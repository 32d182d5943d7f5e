"""Pass@k: the probability that at least one of k samples passes."""

from math import comb


def pass_at_k(samples: int, passed: int, k: int) -> float:
    """Return the unbiased estimate 1 - C(n-c, k) / C(n, k) (Chen et al. 2021, equation 1).

    It is the share of all ways to draw k of the n samples in which at least one sample passed.

    Args:
        samples: n, how many samples ran.
        passed: c, how many of them passed.
        k: how many samples are drawn.

    Raises:
        ValueError: k is not in 1..samples, or passed not in 0..samples.
    """
    if not 0 <= passed <= samples or not 1 <= k <= samples:
        raise ValueError(f"no estimate for {passed} passed of {samples} samples at k = {k}")
    # integers until the division: C(100, 50) has 30 digits, a float only 16
    return 1 - comb(samples - passed, k) / comb(samples, k)
