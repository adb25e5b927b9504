"""`arriero acp`: the Agent Client Protocol on stdio, in front of the shared daemon."""
