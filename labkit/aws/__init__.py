"""What boto3 sees: moto's API, completed by the world behind it. One module or folder a service."""
