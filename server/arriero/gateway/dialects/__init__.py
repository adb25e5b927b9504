"""One module for each interface: what its clients ask, and how its answers are written."""
