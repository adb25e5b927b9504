import unittest

from tally.ledger import Ledger


class LedgerTest(unittest.TestCase):
    def test_the_payer_is_owed_the_shares_of_the_others(self):
        ledger = Ledger()
        ledger.add("ana", 900, "ana", "bo", "cy")
        self.assertEqual(ledger.balances(), {"ana": 600, "bo": -300, "cy": -300})

    def test_no_cent_is_lost(self):
        ledger = Ledger()
        ledger.add("ana", 10_000, "ana", "bo", "cy")
        balances = ledger.balances()
        self.assertEqual(sum(balances.values()), 0, "what is owed must be what was paid")
        self.assertEqual(balances, {"ana": 6_666, "bo": -3_333, "cy": -3_333})

    def test_everybody_is_even_after_settling(self):
        ledger = Ledger()
        ledger.add("ana", 1_200, "ana", "bo")
        ledger.add("bo", 200, "ana", "bo")
        self.assertEqual(ledger.settle(), [("bo", "ana", 500)])


if __name__ == "__main__":
    unittest.main()
