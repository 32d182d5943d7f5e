"""Gift vouchers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from skerry.amounts import Coin, tally


@dataclass(frozen=True)
class Voucher:
    """A voucher: its code, what it is still worth, and the last day on which it is good."""

    code: str
    worth: Coin
    good_until: date

    def is_good(self, on: date) -> bool:
        """Return whether it can be used on a day."""
        return self.worth.minor > 0 and on <= self.good_until


def mint(prefix: str, number: int, secret: str) -> str:
    """Make the code of a voucher, such as ``GIFT-00042-Q``; its last letter depends on a secret."""
    body = f"{prefix.upper()}-{number:05}"
    return f"{body}-{_letter(body, secret)}"


def is_genuine(code: str, secret: str) -> bool:
    """Return whether a code was made with a secret."""
    body, _, letter = code.rpartition("-")
    return bool(body) and _letter(body, secret) == letter


def _letter(body: str, secret: str) -> str:
    digest = hashlib.sha256(f"{secret}:{body}".encode()).digest()
    return chr(ord("A") + digest[0] % 26)


class Wallet:
    """The vouchers of a customer. It does not change; spending returns a new one."""

    def __init__(self, vouchers: Iterable[Voucher] = ()) -> None:
        self.vouchers = tuple(vouchers)

    def worth(self, on: date) -> Coin:
        """Return what all vouchers that are good on a day are worth together."""
        return tally(one.worth for one in self.vouchers if one.is_good(on))

    def spend(self, price: Coin, on: date) -> tuple[Coin, Wallet]:
        """Pay as much of a price as possible, with vouchers that end soonest first.

        Returns:
            What is left to pay, and the wallet afterwards, without vouchers that are used up.
        """
        left, kept = price, []
        for one in sorted(self.vouchers, key=lambda each: each.good_until):
            used = min(one.worth, left) if one.is_good(on) else Coin(0, price.unit)
            left -= used
            kept.append(replace(one, worth=one.worth - used))
        return left, Wallet(one for one in kept if one.worth.minor > 0)

    def expiring(self, on: date, days: int = 30) -> list[str]:
        """Return the codes of the vouchers that are good on a day, but for at most ``days`` after it."""
        return [one.code for one in self.vouchers if one.is_good(on) and (one.good_until - on).days <= days]
