"""What the pages show, one view a file."""
