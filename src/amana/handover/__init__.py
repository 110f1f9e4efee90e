"""Two strangers meet, prove themselves to each other, and sign for a disk."""
