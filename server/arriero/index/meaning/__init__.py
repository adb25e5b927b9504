"""Search by meaning: vectors of chunks, kept and compared in a process of its own."""
