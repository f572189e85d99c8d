"""The errors that CloudWatch answers with."""

from labkit.aws.errors import AwsError


def refuse(message: str, code: str = "ValidationError") -> AwsError:
    """An error in CloudWatch's form."""
    return AwsError(code, message)
