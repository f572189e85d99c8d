"""Runs cases whose outcomes came from an independent IAM simulator: ``python -m tests.conformance.iam FILE.jsonl``."""
