"""Why boto3 raised an error: a refusal by IAM with the statement that decided it, or AWS's own words for the rest."""

from botocore.exceptions import ClientError

from labkit.explain.access import explain_decision
from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.gather import Gatherer
from labkit.explain.sentence import said

DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
    "403",
}


def explain_error(gather: Gatherer, error: ClientError) -> Explanation:
    """The chain from a failed call to its cause."""
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "")
    operation = error.operation_name
    aws_says = f"{code}: {message}"
    decision = gather.decision_of(error)
    if decision is not None:
        return explain_decision(decision, aws_says)
    if code in DENIED:
        says = said("The caller of {operation} is not allowed to make this call.", operation=operation)
        who = Evidence("GetCallerIdentity → Arn", "", 'boto3.client("sts").get_caller_identity()["Arn"]')
        fix = said("Let a policy of the caller allow the action that the message names, on the resource that it names.")
        return Explanation(
            said("Why {operation} was denied", operation=operation),
            aws_says,
            (Link("access-denied", says, (who,)),),
            fix,
        )
    says = said("AWS could not carry out {operation}: {message}", operation=operation, message=message)
    fix = said("Correct what the message names; IAM has not refused anything here.")
    return Explanation(
        said("Why {operation} failed", operation=operation), aws_says, (Link(f"error-{code}", says),), fix
    )
