"""Model providers: who answers a chat request, and what they can do."""
