"""Letters to families, in three languages, on paper."""
