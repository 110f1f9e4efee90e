"""Names of people: Arabic and Latin spellings, compared. Knows no web framework."""
