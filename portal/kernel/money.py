"""Money is integer fen; there is one rounding, half up to the fen, for each line."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def fen(amount: Decimal | int) -> int:
    """`amount` in fen, rounded half up (away from zero) to a whole fen."""
    return int(Decimal(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def yuan(amount: int) -> str:
    """`amount` of fen as people write it: 400000 is 4,000.00."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"
