"""What was committed, in which order, and who can vouch for it."""
