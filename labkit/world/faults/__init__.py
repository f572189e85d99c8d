"""Faults: what goes wrong on real machines and accounts, on purpose, each leaving the traces that AWS leaves.

``catalogue`` lists them, ``injection`` makes them happen. What a fault asks of the account's records (IAM, EC2, S3)
goes through ``account.Account``; every other fault works in a world without boto3 and moto as well.
"""
