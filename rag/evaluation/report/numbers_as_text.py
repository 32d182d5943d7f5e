"""The one way in which every form of a report writes numbers."""

from typing import NamedTuple

from rag.evaluation.intervals import Interval


class NumberFormat(NamedTuple):
    """The factor of a number that is shown, and its number of decimals."""

    factor: int
    digits: int


def number_format(percent: bool, value: Interval | float) -> NumberFormat:
    """Return the format of numbers like `value`.

    Pass rates are shown in percent with one decimal, `31.2`; other scores with three decimals, `0.312`, or
    with one where they are 10 or more, `31.2`.
    """
    size = value.mean if isinstance(value, Interval) else value
    return NumberFormat(100 if percent else 1, 1 if percent or abs(size) >= 10 else 3)


def number(value: float, shown: NumberFormat, *, signed: bool = False) -> str:
    """Write a number, such as `31.2`, or `+3.1` if signed; a zero never has a sign."""
    text = f"{value * shown.factor:{'+' if signed else ''}.{shown.digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text


def limits(value: Interval, shown: NumberFormat, *, signed: bool = False) -> str:
    """Write an interval, such as `[25.4, 37.1]`."""
    return f"[{number(value.low, shown, signed=signed)}, {number(value.high, shown, signed=signed)}]"


def rate(share: float) -> str:
    """Write a share of samples, 0 to 1, in percent."""
    return number(share, number_format(True, share))


def cell(value: Interval | float | None, *, percent: bool) -> str:
    """Write a value, with its interval if it has one; a dash for None."""
    if value is None:
        return "-"
    shown = number_format(percent, value)
    if isinstance(value, Interval):
        return f"{number(value.mean, shown)} {limits(value, shown)}"
    return number(value, shown)


def chance(p: float) -> str:
    """Write a p-value; 10,000 draws cannot resolve values far below 0.001."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
