"""Rules for rebates, and the bill that comes of a basket and a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skerry.amounts import Coin, share_of, tally
from skerry.baskets import Basket

Saving = tuple[str, Coin]


@dataclass(frozen=True)
class Rule:
    """A rule for a rebate: its label, and what it saves on a basket. Made by the functions of this module."""

    label: str
    savings: Callable[[Basket], list[Saving]]


@dataclass(frozen=True)
class Bill:
    """What is to be paid for a basket.

    Attributes:
        gross: the price before rebates.
        net: the price after them, never below zero.
        notes: the label of each rule that saved something, and how much.
    """

    gross: Coin
    net: Coin
    notes: tuple[Saving, ...] = ()

    @property
    def saved(self) -> Coin:
        """How much less is paid."""
        return self.gross - self.net


def _rule(label: str, saving: Callable[[Basket], Coin]) -> Rule:
    def savings(basket: Basket) -> list[Saving]:
        saved = saving(basket)
        return [(label, saved)] if saved.minor > 0 else []

    return Rule(label, savings)


def percent_off(percent: float, tag: str | None = None) -> Rule:
    """Make a rule: so many percent off everything, or off the lines with a tag."""
    label = f"{percent}% off" + (f" {tag}" if tag else "")
    return _rule(label, lambda basket: share_of((basket.only(tag) if tag else basket).total(), percent))


def fixed_off(coin: Coin, at_least: Coin | None = None) -> Rule:
    """Make a rule: a fixed amount off, once the basket costs ``at_least`` so much."""

    def saving(basket: Basket) -> Coin:
        total = basket.total()
        return coin if total.minor >= (at_least.minor if at_least else 0) else Coin(0, coin.unit)

    return _rule(f"{coin.plain()} off", saving)


def nth_free(n: int, tag: str | None = None) -> Rule:
    """Make a rule: of every ``n`` pieces (with a tag), one is free; the cheapest pieces are the free ones."""

    def saving(basket: Basket) -> Coin:
        lines = (basket.only(tag) if tag else basket).lines
        prices = sorted((one.price for one in lines for _ in range(one.count)), key=lambda one: one.minor)
        return tally(prices[: len(prices) // n])

    return _rule(f"every {n}th free", saving)


def bundle(skus: Sequence[str], price: Coin) -> Rule:
    """Make a rule: one piece of each of these articles together costs ``price``, as often as possible."""

    def saving(basket: Basket) -> Coin:
        lines = {one.sku: one for one in basket.lines}
        if not all(sku in lines for sku in skus):
            return Coin(0, price.unit)
        times = min(lines[sku].count for sku in skus)
        return (tally(lines[sku].price for sku in skus) - price) * times

    return _rule("bundle " + "+".join(skus), saving)


def capped(rule: Rule, most: Coin) -> Rule:
    """Make a rule that saves what another one does, but at most ``most``."""

    def saving(basket: Basket) -> Coin:
        saved = tally(coin for _, coin in rule.savings(basket))
        return min(saved, most)

    return _rule(f"{rule.label} (at most {most.plain()})", saving)


def only_if(rule: Rule, condition: Callable[[Basket], bool]) -> Rule:
    """Make a rule that saves what another one does, if the basket meets a condition."""
    return Rule(rule.label, lambda basket: rule.savings(basket) if condition(basket) else [])


def unless_tagged(rule: Rule, tag: str) -> Rule:
    """Make a rule that does as another one does, without the lines that have a tag."""

    def savings(basket: Basket) -> list[Saving]:
        return rule.savings(Basket(tuple(one for one in basket.lines if tag not in one.tags)))

    return Rule(rule.label, savings)


def best_of(*rules: Rule) -> Rule:
    """Make a rule that applies the one of several that saves most; of equal ones the first."""

    def savings(basket: Basket) -> list[Saving]:
        return max(
            (rule.savings(basket) for rule in rules), key=lambda one: sum(coin.minor for _, coin in one)
        )

    return Rule("best of " + ", ".join(rule.label for rule in rules), savings)


def chain(*rules: Rule) -> Rule:
    """Make a rule that applies several; each looks at the whole basket, not at what others left of it."""

    def savings(basket: Basket) -> list[Saving]:
        return [saving for rule in rules for saving in rule.savings(basket)]

    return Rule(" and ".join(rule.label for rule in rules), savings)


def settle(basket: Basket, rule: Rule | None = None) -> Bill:
    """Work out the bill for a basket, with a rule for rebates or without."""
    gross = basket.total()
    notes = tuple(rule.savings(basket)) if rule else ()
    saved = sum(coin.minor for _, coin in notes)
    return Bill(gross, Coin(max(0, gross.minor - saved), gross.unit), notes)


def explain(bill: Bill) -> list[str]:
    """Return a bill in sentences: a row for each rebate, and what is to be paid."""
    return [f"{label}: -{coin.plain()}" for label, coin in bill.notes] + [f"to pay: {bill.net.plain()}"]
