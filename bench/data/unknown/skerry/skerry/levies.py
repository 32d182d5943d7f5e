"""Taxes and other levies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from skerry.amounts import Coin, share_of, tally
from skerry.baskets import Basket


@dataclass(frozen=True)
class Levy:
    """A tax of so many percent on all lines, or on those with one of its tags."""

    name: str
    percent: float
    tags: frozenset[str] = field(default_factory=frozenset)

    def on(self, basket: Basket) -> Coin:
        """Return the levy on a basket; each line is rounded by itself."""
        lines = [one for one in basket.lines if not self.tags or self.tags & one.tags]
        return tally(share_of(one.gross, self.percent) for one in lines)


def levied(basket: Basket, levies: Iterable[Levy]) -> dict[str, Coin]:
    """Return what each levy takes of a basket, by its name; levies that take nothing are left out."""
    taken = {levy.name: levy.on(basket) for levy in levies}
    return {name: coin for name, coin in taken.items() if coin.minor}


def strip_levy(coin: Coin, percent: float) -> tuple[Coin, Coin]:
    """Take the tax out of a price that includes it; return the price without it, and the tax."""
    net = (coin.minor * 100 / (100 + Decimal(str(percent)))).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Coin(int(net), coin.unit), Coin(coin.minor - int(net), coin.unit)
