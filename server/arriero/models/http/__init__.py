"""Streamed answers of models' servers over HTTP, by what it takes to reach each server."""
