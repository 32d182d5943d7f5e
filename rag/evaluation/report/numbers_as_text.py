"""How numbers are written in every form of a report."""

from typing import NamedTuple

from rag.evaluation.intervals import Interval


class NumberFormat(NamedTuple):
    """What a number is multiplied by, and how many digits follow the point."""

    factor: int
    digits: int


def number_format(percent: bool, value: Interval | float) -> NumberFormat:
    """Percent of a rate, `31.2`; three digits of a score like `value`, one of those that go to 100 (BLEU)."""
    size = value.mean if isinstance(value, Interval) else value
    return NumberFormat(100 if percent else 1, 1 if percent or abs(size) >= 10 else 3)


def number(value: float, shown: NumberFormat, *, signed: bool = False) -> str:
    """`31.2`, or `+3.1` with its sign; nothing has none."""
    text = f"{value * shown.factor:{'+' if signed else ''}.{shown.digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text


def limits(value: Interval, shown: NumberFormat, *, signed: bool = False) -> str:
    """`[25.4, 37.1]`: where the mean lies with 95 % confidence."""
    return f"[{number(value.low, shown, signed=signed)}, {number(value.high, shown, signed=signed)}]"


def rate(share: float) -> str:
    """A share of samples, in percent."""
    return number(share, number_format(True, share))


def cell(value: Interval | float | None, *, percent: bool) -> str:
    """A value with its interval, where it has one; a dash for none."""
    if value is None:
        return "-"
    shown = number_format(percent, value)
    if isinstance(value, Interval):
        return f"{number(value.mean, shown)} {limits(value, shown)}"
    return number(value, shown)


def chance(p: float) -> str:
    """A p-value; 10,000 draws cannot tell much less than 0.001."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
