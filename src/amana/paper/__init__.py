"""Paper: PDFs in Arabic, English and French, made in memory, with the fonts that come along."""
