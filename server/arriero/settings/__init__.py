"""One typed model of all settings, and the layers that fill it."""
