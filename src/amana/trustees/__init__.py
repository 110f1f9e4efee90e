"""The archive's secret: made once, split among people, joined only to open."""
