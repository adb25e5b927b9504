"""The dashboard: pages in a browser that show what the gateway and the agent do."""
