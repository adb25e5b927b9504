"""The handlers of LSP's methods and of our own, one file each."""
