"""The order in which Python asks the bases of a class."""

from collections.abc import Sequence


def merged_orders(orders: Sequence[Sequence[str]]) -> list[str]:
    """Return the C3 merge of the orders of bases; if they have none that fits, all in their own order."""
    left = [list(order) for order in orders if order]
    merged: list[str] = []
    while left:
        heads = (order[0] for order in left)
        head = next((one for one in heads if not any(one in order[1:] for order in left)), None)
        if head is None:
            return list(dict.fromkeys([*merged, *(one for order in left for one in order)]))
        merged.append(head)
        left = [rest for order in left if (rest := order[1:] if order[0] == head else order)]
    return merged
