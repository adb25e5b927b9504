"""JSON-RPC for a long-lived daemon: the only package that touches pygls's private names."""
