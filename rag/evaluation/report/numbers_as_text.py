"""How numbers are written in every form of a report."""

from typing import NamedTuple

from rag.evaluation.intervals import Interval


class Unit(NamedTuple):
    """What a number is multiplied by, and how many digits follow the point."""

    factor: int
    digits: int


def unit(percent: bool, value: Interval | float) -> Unit:
    """Percent of a rate, `31.2`; three digits of a score like `value`, one of those that go to 100 (BLEU)."""
    size = value.mean if isinstance(value, Interval) else value
    return Unit(100 if percent else 1, 1 if percent or abs(size) >= 10 else 3)


def number(value: float, unit: Unit, *, signed: bool = False) -> str:
    """`31.2`, or `+3.1` with its sign; nothing has none."""
    text = f"{value * unit.factor:{'+' if signed else ''}.{unit.digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text


def limits(value: Interval, unit: Unit, *, signed: bool = False) -> str:
    """`[25.4, 37.1]`: where the mean lies with 95 % confidence."""
    return f"[{number(value.low, unit, signed=signed)}, {number(value.high, unit, signed=signed)}]"


def rate(share: float) -> str:
    """A share of samples, in percent."""
    return number(share, unit(True, share))


def cell(value: Interval | float | None, *, percent: bool) -> str:
    """A value with its interval, where it has one; a dash for none."""
    if value is None:
        return "-"
    shown = unit(percent, value)
    if isinstance(value, Interval):
        return f"{number(value.mean, shown)} {limits(value, shown)}"
    return number(value, shown)


def chance(p: float) -> str:
    """A p-value; 10,000 draws cannot tell much less than 0.001."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
