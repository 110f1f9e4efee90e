"""The ground floor: pure functions over bytes, and the one place that writes to disks."""
