"""Proves that nothing leaves which was not meant to: exiftool, the shape of every file, and a
search of every byte. Knows nothing of Django: the command line and the web use the same code."""
