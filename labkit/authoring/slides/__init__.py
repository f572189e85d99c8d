"""Slides from the instructor's notebooks: one page for each lesson, which needs no network."""
