"""Auto Scaling in motion: instances come, wait for lifecycle hooks, serve, are replaced and go."""
