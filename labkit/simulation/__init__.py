"""Time and record: the ground everything else stands on. Knows nothing of AWS."""
