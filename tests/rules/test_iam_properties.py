"""What holds for every policy: an explicit deny wins, order is nothing, more allows never take away, limits never give.

IAM User Guide, "Policy evaluation logic".
"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from labkit.rules.iam.decision import decide
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies, Request

ACCOUNT = "123456789012"
PRINCIPAL = f"arn:aws:iam::{ACCOUNT}:user/ana"
ACTIONS = ("s3:GetObject", "s3:PutObject", "ec2:RunInstances", "iam:PassRole")
RESOURCES = ("arn:aws:s3:::bundles/a", "arn:aws:s3:::other/b", f"arn:aws:iam::{ACCOUNT}:role/web", "*")

actions = st.sampled_from((*ACTIONS, "s3:*", "S3:get*", "*", "ec2:Run?nstances"))
resources = st.sampled_from((*RESOURCES, "arn:aws:s3:::bundles/*", "arn:aws:s3:::${aws:username}/*"))
conditions = st.sampled_from(
    (
        {},
        {"StringEquals": {"aws:username": "ana"}},
        {"StringNotEqualsIfExists": {"aws:username": "bo"}},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"Null": {"aws:SourceIp": "true"}},
    )
)


@st.composite
def statements(draw, effects=("Allow", "Deny")):
    found = {
        "Effect": draw(st.sampled_from(effects)),
        draw(st.sampled_from(("Action", "NotAction"))): draw(st.lists(actions, min_size=1, max_size=2)),
        draw(st.sampled_from(("Resource", "NotResource"))): draw(st.lists(resources, min_size=1, max_size=2)),
    }
    condition = draw(conditions)
    return {**found, "Condition": condition} if condition else found


def policy(*written):
    return NamedPolicy("p", read_policy({"Version": "2012-10-17", "Statement": list(written)}), PRINCIPAL)


requests = st.builds(
    lambda action, resource, context: Request(PRINCIPAL, action, resource, ACCOUNT, context),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.sampled_from(({"aws:username": "ana"}, {}, {"aws:username": "ana", "aws:SecureTransport": "false"})),
)
statement_lists = st.lists(statements(), min_size=1, max_size=4)
policy_lists = st.lists(statement_lists.map(lambda written: policy(*written)), max_size=3)
EVERYTHING = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})


def answer(request, *identity, **more):
    return decide(request, Policies(identity=tuple(identity), **more)).answer


@given(requests, policy_lists, st.sampled_from(("identity", "boundaries", "sessions")))
def test_an_explicit_deny_wins_wherever_it_stands(request, identity, where):
    denying = policy({"Effect": "Deny", "Action": request.action, "Resource": "*"})
    policies = Policies(identity=(*identity, EVERYTHING))
    assert decide(request, replace(policies, **{where: (*getattr(policies, where), denying)})).answer == "explicitDeny"


@given(requests, st.data())
def test_the_order_of_statements_and_policies_does_not_matter(request, data):
    written = data.draw(st.lists(statement_lists, max_size=3))
    mixed = [data.draw(st.permutations(one)) for one in data.draw(st.permutations(written))]
    assert answer(request, *(policy(*one) for one in written)) == answer(request, *(policy(*one) for one in mixed))


@given(requests, statement_lists)
def test_it_does_not_matter_in_which_policy_a_statement_stands(request, written):
    assert answer(request, policy(*written)) == answer(request, *(policy(one) for one in written))


@given(requests, policy_lists, statements(effects=("Allow",)))
def test_one_more_allow_never_takes_a_permission_away(request, identity, allowing):
    if answer(request, *identity) == "allowed":
        assert answer(request, *identity, policy(allowing)) == "allowed"


@given(requests, policy_lists, statements(effects=("Deny",)))
def test_one_more_deny_never_gives_a_permission(request, identity, denying):
    if answer(request, *identity) != "allowed":
        assert answer(request, *identity, policy(denying)) != "allowed"


@given(requests, policy_lists, statement_lists, st.sampled_from(("boundaries", "sessions")))
def test_a_boundary_and_a_session_policy_never_widen(request, identity, written, limit):
    if answer(request, *identity) != "allowed":
        assert answer(request, *identity, **{limit: (policy(*written),)}) != "allowed"


@given(requests, policy_lists)
def test_the_answer_has_its_reasons(request, identity):
    decision = decide(request, Policies(identity=tuple(identity)))
    assert (decision.decisive == ()) == (decision.answer == "implicitDeny")
    assert all(one.mismatches for one in decision.considered if one not in decision.matched)
