"""An AWS error answer that the lab gives by itself."""

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):
    """``AwsError(code, message)``: serialized by moto in the form of the service that was called.

    A class of our own, because moto looks for the service's model in the package of the error's class.
    """
