"""Incident drills: something breaks, nobody says what, and the outcome decides whether it is mended.

``table`` lists the incidents as data, ``texts`` has their words. ``breaking`` makes one happen, ``judging`` looks at
how things stand (what roles may do: ``privileges``), ``drill`` is what a student holds, ``drills`` is ``lab.drill``.
"""
