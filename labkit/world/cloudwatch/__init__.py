"""What CloudWatch measures, and the alarms that watch it, in lab time."""
