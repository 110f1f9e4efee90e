"""The locked state: which key is in memory, since when, and until when."""
