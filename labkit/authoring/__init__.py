"""Tools for the authors of lessons: notebooks derived from their sources, and the proof that they are up to date.

Nothing else in labkit imports them, and a student never needs them.
"""
