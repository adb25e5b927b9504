"""A run's user where there is no editor: files on disk, questions to a function."""
