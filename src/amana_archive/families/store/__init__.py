"""The families' own store: its key file, who has it open, and how it is made."""
