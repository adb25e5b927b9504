"""The gateway: Arriero's agent and models behind the HTTP interfaces that other programs speak."""
