"""Pictures of what happened. Everything here reads the history (``labkit.simulation.history``) and nothing else."""
