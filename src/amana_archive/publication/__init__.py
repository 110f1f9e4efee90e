"""What leaves for everybody: memorials and datasets of confirmed cases, with consent."""
