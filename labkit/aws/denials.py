"""AWS's words for a call that is refused before its service looks at it, in the form of that service's protocol.

IAM User Guide, "Troubleshoot access denied error messages"; "Common errors" of each service's API reference.
"""

import json
from collections.abc import Mapping
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from labkit.aws.access import Denial
from labkit.aws.calling import BotoCall
from labkit.rules.iam.decision import Decision, Layer

UNAUTHORIZED = "You are not authorized to perform this operation."
LIMITS: tuple[Layer, ...] = ("scp", "boundary", "session")
POLICY_WORDS: Mapping[Layer, tuple[str, str]] = {
    "identity": ("no identity-based policy", "an identity-based policy"),
    "resource": ("no resource-based policy", "a resource-based policy"),
    "boundary": ("no permissions boundary", "a permissions boundary"),
    "session": ("no session policy", "a session policy"),
    "scp": ("no service control policy", "a service control policy"),
}
TRUST_WORDS = ("no role trust policy", "the role trust policy")


def sentence(decision: Decision, resource_quote: str = "") -> str:
    """IAM's sentence about a request that it refused. ``resource_quote``: S3 puts the ARN in quotation marks."""
    request = decision.request
    said = f"User: {request.principal} is not authorized to perform: {request.action}"
    if request.resource != "*":
        said += f" on resource: {resource_quote}{request.resource}{resource_quote}"
    return f"{said} {why(decision)}"


def why(decision: Decision) -> str:
    """The part of IAM's sentence that names the kind of policy."""
    layer = deciding_layer(decision)
    trust = layer == "resource" and decision.request.action.lower().startswith("sts:")
    nothing, something = TRUST_WORDS if trust else POLICY_WORDS[layer]
    if decision.answer == "explicitDeny":
        return f"with an explicit deny in {something}"
    return f"because {nothing} allows the {decision.request.action} action"


def deciding_layer(decision: Decision) -> Layer:
    """The kind of policy that refuses: one that denies, a limit that doesn't allow, or the one that should grant."""
    if decision.answer == "explicitDeny":
        return decision.decisive[0].layer
    stopped = next((one for one in LIMITS if decision.layers.get(one, "allowed") != "allowed"), None)
    if stopped is not None:
        return stopped
    return "identity" if decision.layers["identity"] != "allowed" and not _is_trust(decision) else "resource"


def _is_trust(decision: Decision) -> bool:
    """Whether a role's trust policy has not let the caller in: STS names it before the caller's own policies."""
    untrusted = decision.layers.get("resource", "implicitDeny") != "allowed"
    return untrusted and decision.request.action.lower().startswith("sts:assumerole")


def access_denied(call: BotoCall, denial: Denial, request_id: str) -> AWSResponse:
    """The answer to a call that IAM refused."""
    code, status = _DENIED.get(call.service, _DENIED_BY_PROTOCOL[call.protocol])
    return _answer(call, code, _message(call, denial), status, request_id)


def unknown_key(call: BotoCall, request_id: str) -> AWSResponse:
    """The answer to a call with an access key that nobody has."""
    code, message, status = _UNKNOWN[call.protocol]
    return _answer(call, code, message, status, request_id)


def expired_key(call: BotoCall, request_id: str) -> AWSResponse:
    """The answer to a call with temporary credentials that are no longer valid."""
    code, message, status = _EXPIRED[call.protocol]
    return _answer(call, code, message, status, request_id)


INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - a sentence
EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105 - a sentence
NO_SUCH_KEY_ID = "The AWS Access Key Id you provided does not exist in our records."
NOT_VALIDATED = "AWS was not able to validate the provided access credentials"

_DENIED = {"sns": ("AuthorizationError", 403), "sqs": ("AccessDenied", 403)}
_DENIED_BY_PROTOCOL = {
    "query": ("AccessDenied", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "rest-xml": ("AccessDenied", 403),
    "json": ("AccessDeniedException", 400),
}
_UNKNOWN = {
    "query": ("InvalidClientTokenId", INVALID_TOKEN, 403),
    "ec2": ("AuthFailure", NOT_VALIDATED, 401),
    "rest-xml": ("InvalidAccessKeyId", NO_SUCH_KEY_ID, 403),
    "json": ("UnrecognizedClientException", INVALID_TOKEN, 400),
}
_EXPIRED = {
    "query": ("ExpiredToken", EXPIRED_TOKEN, 403),
    "ec2": ("RequestExpired", "Request has expired.", 400),
    "rest-xml": ("ExpiredToken", "The provided token has expired.", 400),
    "json": ("ExpiredTokenException", EXPIRED_TOKEN, 400),
}


def _message(call: BotoCall, denial: Denial) -> str:
    if denial.words is not None:
        return denial.words
    if call.service == "s3":
        return sentence(denial.decision, '"')
    said = sentence(denial.decision)
    return f"{UNAUTHORIZED} {said}" if call.service == "ec2" else said


def _answer(call: BotoCall, code: str, message: str, status: int, request_id: str) -> AWSResponse:
    write = _WRITERS[call.protocol]
    body = write(code, message, request_id)
    kind = "application/x-amz-json-1.1" if call.protocol == "json" else "text/xml"
    headers = {"Content-Type": kind, "x-amzn-RequestId": request_id, "x-amz-request-id": request_id}
    if call.protocol == "json":
        headers["x-amzn-query-error"] = f"{code};Sender"
    if call.operation.startswith("Head"):
        body = ""  # S3 answers a HEAD request with the status alone
    return AWSResponse("", status, headers, MockRawResponse(body))


def _query(code: str, message: str, request_id: str) -> str:
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
    return f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"


def _ec2(code: str, message: str, request_id: str) -> str:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return f"<Response><Errors>{error}</Errors><RequestID>{request_id}</RequestID></Response>"


def _s3(code: str, message: str, request_id: str) -> str:
    inner = f"<Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{request_id}</RequestId>"
    return f"<Error>{inner}</Error>"


def _json(code: str, message: str, _request_id: str) -> str:
    return json.dumps({"__type": code, "message": message, "Message": message})


_WRITERS = {"query": _query, "ec2": _ec2, "rest-xml": _s3, "json": _json}
