"""What every test shares: one Hypothesis profile, fast lockers, a drawn photograph."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Machines of CI are slow and shared: no example is failed for its duration.
settings.register_profile(
    "amana", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("amana")
