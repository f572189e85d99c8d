"""What lessons stand on: prepared stages, and what a lesson asks, checks, explains and reckons."""
