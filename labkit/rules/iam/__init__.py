"""How IAM decides: policies read, statements matched, layers joined, with every reason kept.

``decide(request, policies)`` in ``decision.py`` is the way in; what goes in is in ``request.py``.
"""
