"""Finding: one normalisation, one token language, two databases."""
