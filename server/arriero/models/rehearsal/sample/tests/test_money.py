import unittest

from tally.money import parse, show, split


class MoneyTest(unittest.TestCase):
    def test_amounts_are_read_and_written(self):
        for text, cents in (("0", 0), ("12", 1200), ("12.5", 1250), ("0.07", 7)):
            with self.subTest(text):
                self.assertEqual(parse(text), cents)
        self.assertEqual(show(1250), "12.50")
        self.assertEqual(show(-7), "-0.07")

    def test_nonsense_is_refused(self):
        for text in ("", "12,50", "1.234", "-3", "1.x"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse(text)

    def test_an_even_amount_is_split_evenly(self):
        self.assertEqual(split(900, 3), [300, 300, 300])


if __name__ == "__main__":
    unittest.main()
