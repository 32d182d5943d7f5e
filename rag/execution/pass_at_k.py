"""The chance that one of k samples passes, estimated without bias from n of them."""

from math import comb


def pass_at_k(samples: int, passed: int, k: int) -> float:
    """1 - C(n-c, k) / C(n, k), with n samples of which c passed (Chen et al. 2021, equation 1).

    The mean over all ways to draw k of the n samples of "at least one passed".

    Raises:
        ValueError: k is not in 1..samples, or passed not in 0..samples.
    """
    if not 0 <= passed <= samples or not 1 <= k <= samples:
        raise ValueError(f"no estimate for {passed} passed of {samples} samples at k = {k}")
    # whole numbers as long as possible: C(100, 50) has 30 digits, a float 16
    return 1 - comb(samples - passed, k) / comb(samples, k)
