"""AWS's rules as pure functions: no clock, no boto3, no moto, no files. Read them against AWS's pages."""
