"""What is asked of the gateway that is no answer of a model: lists, vectors, counts of tokens."""
