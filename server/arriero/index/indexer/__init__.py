"""The process that writes indexes: one for each daemon, at low priority, gone when it is."""
