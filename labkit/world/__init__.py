"""Machines and wires in motion: what the API calls of ``labkit.aws`` set going. No boto3, no moto."""
