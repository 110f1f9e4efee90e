"""Settings: `base` for every installation, `embedded` for one process and one folder."""
