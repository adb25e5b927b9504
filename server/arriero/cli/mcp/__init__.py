"""Arriero's tools for other agents: a server of the Model Context Protocol on stdio."""
