"""Items, cases, readings: models, the only writers (actions), the only reads (queries)."""
