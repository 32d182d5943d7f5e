"""Baskets and their lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from skerry.amounts import Coin, tally

_LINE = re.compile(r"^(?P<sku>\S+)(?:\s+x\s*(?P<count>\d+))?\s+@\s*(?P<price>[\d.]+)(?P<tags>(?:\s+#\w+)*)$")


@dataclass(frozen=True)
class Line:
    """Some pieces of one article: its SKU, the price of one, how many, and tags such as ``"book"``."""

    sku: str
    price: Coin
    count: int = 1
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def gross(self) -> Coin:
        """The price of all pieces."""
        return self.price * self.count


@dataclass(frozen=True)
class Basket:
    """Lines, in the order in which they were put in. Methods return a new basket; this one stays."""

    lines: tuple[Line, ...] = ()

    def put(self, line: Line) -> Basket:
        """Return a basket with another line; pieces of an article that is there already are added to it."""
        known = [one for one in self.lines if one.sku == line.sku]
        if not known:
            return Basket((*self.lines, line))
        return self.swap(line.sku, known[0].count + line.count)

    def swap(self, sku: str, count: int) -> Basket:
        """Return a basket with another number of pieces of an article; with 0, without it."""
        changed = (replace(one, count=count) if one.sku == sku else one for one in self.lines)
        return Basket(tuple(one for one in changed if one.count > 0))

    def only(self, tag: str) -> Basket:
        """Return a basket with the lines that have a tag."""
        return Basket(tuple(one for one in self.lines if tag in one.tags))

    def merge(self, other: Basket) -> Basket:
        """Return a basket with the lines of both."""
        merged = self
        for line in other.lines:
            merged = merged.put(line)
        return merged

    def dearest(self, n: int = 1) -> list[Line]:
        """Return the ``n`` lines that cost most, the dearest first."""
        return sorted(self.lines, key=lambda one: -one.gross.minor)[:n]

    def total(self) -> Coin:
        """Return what all lines cost, before rebates."""
        return tally(one.gross for one in self.lines)


def read_basket(text: str) -> Basket:
    """Read a basket from lines such as ``tea x 2 @ 3.50 #food``; empty lines are skipped.

    Raises:
        ValueError: a line cannot be read.
    """
    basket = Basket()
    for row in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.match(row)
        if found is None:
            raise ValueError(f"not a line of a basket: {row!r}")
        tags = frozenset(tag.lstrip("#") for tag in found["tags"].split())
        basket = basket.put(Line(found["sku"], Coin.of(found["price"]), int(found["count"] or 1), tags))
    return basket


def by_tag(basket: Basket) -> dict[str, Coin]:
    """Return what the lines with each tag cost together, by tag; a line counts for each of its tags."""
    tags = sorted({tag for line in basket.lines for tag in line.tags})
    return {tag: basket.only(tag).total() for tag in tags}


def ledger(basket: Basket, width: int = 32) -> list[str]:
    """Return the rows of a printed receipt: pieces and article, amount to the right; at last the sum."""
    rows = [(f"{one.count} {one.sku}", one.gross.plain()) for one in basket.lines]
    rows.append(("TOTAL", basket.total().plain()))
    return [left + amount.rjust(width - len(left)) for left, amount in rows]
