"""A whole shop in one file, and back: database, files, secret."""
