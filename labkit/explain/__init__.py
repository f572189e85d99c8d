"""Why something failed, hangs or was denied: read from the history and the state of the world, never guessed."""
