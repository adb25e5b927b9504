"""Payments, and what they mean for everybody."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Payment:
    """Somebody paid for some people, the payer perhaps among them."""

    payer: str
    cents: int
    people: tuple[str, ...]


@dataclass
class Ledger:
    """All payments of a group, in their order."""

    payments: list[Payment] = field(default_factory=list)

    def add(self, payer: str, cents: int, *people: str) -> None:
        """Note a payment for `people`, in this order."""
        self.payments.append(Payment(payer, cents, people))

    def balances(self) -> dict[str, int]:
        """Return what everybody is owed; who owes has a negative balance."""
        balances: dict[str, int] = defaultdict(int)
        for payment in self.payments:
            balances[payment.payer] += payment.cents
            share = payment.cents // len(payment.people)
            for person in payment.people:
                balances[person] -= share
        return dict(balances)

    def settle(self) -> list[tuple[str, str, int]]:
        """Return payments (from, to, cents) after which nobody owes anything."""
        balances = self.balances()
        payments = []
        while any(cents < 0 for cents in balances.values()):
            debtor = min(balances, key=lambda person: balances[person])
            creditor = max(balances, key=lambda person: balances[person])
            cents = min(-balances[debtor], balances[creditor])
            balances[debtor] += cents
            balances[creditor] -= cents
            payments.append((debtor, creditor, cents))
        return payments
