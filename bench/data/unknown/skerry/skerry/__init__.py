"""Baskets, prices and rebates of a small shop, exact to the cent."""

from skerry.amounts import Coin, exchange, nudge, parcel, share_of, tally
from skerry.baskets import Basket, Line, by_tag, ledger, read_basket
from skerry.levies import Levy, levied, strip_levy
from skerry.rebates import (
    Bill,
    Rule,
    best_of,
    bundle,
    capped,
    chain,
    explain,
    fixed_off,
    nth_free,
    only_if,
    percent_off,
    settle,
    unless_tagged,
)
from skerry.stock import Hold, OutOfStock, Shelf, restock_order
from skerry.vouchers import Voucher, Wallet, is_genuine, mint

__all__ = [
    "Basket",
    "Bill",
    "Coin",
    "Hold",
    "Levy",
    "Line",
    "OutOfStock",
    "Rule",
    "Shelf",
    "Voucher",
    "Wallet",
    "best_of",
    "bundle",
    "by_tag",
    "capped",
    "chain",
    "exchange",
    "explain",
    "fixed_off",
    "is_genuine",
    "ledger",
    "levied",
    "mint",
    "nth_free",
    "nudge",
    "only_if",
    "parcel",
    "percent_off",
    "read_basket",
    "restock_order",
    "settle",
    "share_of",
    "strip_levy",
    "tally",
    "unless_tagged",
]
