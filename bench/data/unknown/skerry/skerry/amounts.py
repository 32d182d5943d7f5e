"""Amounts of money as whole cents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, order=True)
class Coin:
    """An amount in whole minor units (cents) of a currency."""

    minor: int
    unit: str = "EUR"

    @classmethod
    def of(cls, text: str, unit: str = "EUR") -> Coin:
        """Read an amount such as ``"12.30"``; more than two decimals are rounded half up."""
        return cls(_half_up(Decimal(text) * 100), unit)

    def plain(self) -> str:
        """Return the amount as people write it, such as ``"12.30 EUR"``."""
        sign = "-" if self.minor < 0 else ""
        whole, cents = divmod(abs(self.minor), 100)
        return f"{sign}{whole}.{cents:02} {self.unit}"

    def __add__(self, other: Coin) -> Coin:
        return Coin(self.minor + self._checked(other).minor, self.unit)

    def __sub__(self, other: Coin) -> Coin:
        return Coin(self.minor - self._checked(other).minor, self.unit)

    def __mul__(self, count: int) -> Coin:
        return Coin(self.minor * count, self.unit)

    def _checked(self, other: Coin) -> Coin:
        if self.unit != other.unit:
            raise ValueError(f"{other.unit} is not {self.unit}: use exchange() first")
        return other


def tally(coins: Iterable[Coin], unit: str = "EUR") -> Coin:
    """Add up amounts; none at all make zero of ``unit``."""
    coins = list(coins)
    total = Coin(0, coins[0].unit if coins else unit)
    for coin in coins:
        total += coin
    return total


def share_of(coin: Coin, percent: float | str) -> Coin:
    """Return so many percent of an amount, rounded half up."""
    return Coin(_half_up(coin.minor * Decimal(str(percent)) / 100), coin.unit)


def nudge(coin: Coin, step: int = 5, way: Literal["near", "up", "down"] = "near") -> Coin:
    """Round an amount to a multiple of ``step`` cents, as cash is rounded where small coins are gone.

    ``way`` is ``"near"`` (half goes up), ``"up"`` or ``"down"``.
    """
    lower, rest = divmod(coin.minor, step)
    goes_up = rest > 0 if way == "up" else way == "near" and rest * 2 >= step
    return Coin((lower + goes_up) * step, coin.unit)


def parcel(coin: Coin, weights: Sequence[float]) -> list[Coin]:
    """Divide an amount by weights so that no cent is lost; cents left over go to the largest remainders."""
    exact = [coin.minor * Decimal(str(weight)) / Decimal(str(sum(weights))) for weight in weights]
    parts = [int(one // 1) for one in exact]
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: coin.minor - sum(parts)]:
        parts[place] += 1
    return [Coin(part, coin.unit) for part in parts]


def exchange(coin: Coin, unit: str, rates: Mapping[str, float]) -> Coin:
    """Convert an amount to another currency, rounded half up.

    ``rates`` says how much of each currency one unit of a common base is worth:
    ``{"EUR": 1, "CHF": 0.95}``.
    """
    rate = Decimal(str(rates[unit])) / Decimal(str(rates[coin.unit]))
    return Coin(_half_up(coin.minor * rate), unit)
