/** The walkthrough's sample: the words in it say what to try. */

export const sampleFile = "prices.py";

export const sampleText = `"""A sample to try Arriero on. Change it as you like.

1. Put the cursor into \`total\` and press Ctrl+Alt+J (Cmd+Alt+J on a Mac).
2. Type: prices without a number count as zero
3. Accept or reject what Arriero proposes, here in the file.
"""


def total(prices: list[str]) -> float:
    """Add prices such as "3.20" and "1.00"."""
    result = 0.0
    for price in prices:
        result += float(price)
    return result


if __name__ == "__main__":
    print(total(["3.20", "1.00", "free"]))
`;
