"""What is known of a workspace's files: catalogue, words, symbols and history, kept up to date."""
