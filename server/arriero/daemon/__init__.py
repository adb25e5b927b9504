"""One process, many connections: endpoint, single instance, forwarder, hub."""
