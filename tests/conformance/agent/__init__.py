"""Runs cases whose outcomes came from AWS's own CodeDeploy agent: ``python -m tests.conformance.agent FILE.jsonl``."""
