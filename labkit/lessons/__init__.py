"""What lessons stand on: prepared stages."""
