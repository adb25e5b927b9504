"""Amounts of money, in whole cents."""

from __future__ import annotations


def parse(text: str) -> int:
    """Read an amount such as "12", "12.5" or "12.50"."""
    whole, _, fraction = text.strip().partition(".")
    if not whole.isdigit() or len(fraction) > 2 or not (fraction + "0").isdigit():
        raise ValueError(f"not an amount of money: {text!r}")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def show(cents: int) -> str:
    """Write an amount with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def split(cents: int, parts: int) -> list[int]:
    """Split an amount into equal parts."""
    share = cents // parts
    return [share] * parts
