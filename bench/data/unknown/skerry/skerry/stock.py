"""What is on the shelves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skerry.baskets import Basket


class OutOfStock(Exception):
    """There are not enough pieces; ``missing`` says of which article how many."""

    def __init__(self, missing: dict[str, int]) -> None:
        super().__init__(", ".join(f"{count} {sku}" for sku, count in missing.items()))
        self.missing = missing


class Shelf:
    """Pieces of articles by SKU, some of which may be held for somebody."""

    def __init__(self, pieces: Mapping[str, int]) -> None:
        self._pieces = dict(pieces)
        self._held: list[Hold] = []

    def free(self, sku: str) -> int:
        """Return how many pieces of an article are there and not held."""
        held = sum(hold.pieces.get(sku, 0) for hold in self._held)
        return self._pieces.get(sku, 0) - held

    def short_of(self, basket: Basket) -> dict[str, int]:
        """Return how many pieces of which articles are missing for a basket; empty if there are enough."""
        missing = {one.sku: one.count - self.free(one.sku) for one in basket.lines}
        return {sku: count for sku, count in missing.items() if count > 0}

    def hold(self, basket: Basket) -> Hold:
        """Set the pieces of a basket aside. Raises ``OutOfStock`` if there are not enough."""
        if missing := self.short_of(basket):
            raise OutOfStock(missing)
        held = Hold(self, {one.sku: one.count for one in basket.lines})
        self._held.append(held)
        return held

    def _end(self, hold: Hold, *, is_taken: bool) -> None:
        self._held.remove(hold)
        for sku, count in hold.pieces.items() if is_taken else ():
            self._pieces[sku] -= count


@dataclass(eq=False)
class Hold:
    """Pieces that are set aside on a shelf, until they are taken or released."""

    shelf: Shelf
    pieces: dict[str, int]

    def take(self) -> None:
        """Take the pieces off the shelf for good."""
        self.shelf._end(self, is_taken=True)

    def release(self) -> None:
        """Give the pieces back."""
        self.shelf._end(self, is_taken=False)


def restock_order(shelf: Shelf, floors: Mapping[str, int], pack: int = 1) -> dict[str, int]:
    """Return what to order so that each article has at least its floor again, in whole packs of ``pack``."""
    wanted = {sku: floor - shelf.free(sku) for sku, floor in floors.items()}
    return {sku: -(-count // pack) * pack for sku, count in wanted.items() if count > 0}
