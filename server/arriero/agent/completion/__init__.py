"""Text that is suggested at the cursor: what the model is given, and what of its answer is shown.

Everything here works on texts and asks nobody; `daemon/completing.py` asks the model.
"""
