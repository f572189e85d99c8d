"""Running commands on a machine: bash in a sandbox, over a copy of the machine's inside, in lab time."""
