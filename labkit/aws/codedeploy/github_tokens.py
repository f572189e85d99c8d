"""Names of connections to GitHub accounts. Only a page of the console makes one, so here there never is any.

API reference, ListGitHubAccountTokenNames, DeleteGitHubAccountToken; user guide, "Integrating CodeDeploy with GitHub".
The lab's GitHub is public, and the agent needs no token to download from it.
"""

from labkit.aws.codedeploy import names
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation

NO_CONSOLE = "Connections are made in AWS's console, which the lab does not have: there is never one."


@operation("ListGitHubAccountTokenNames", note=NO_CONSOLE)
def list_github_account_token_names(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListGitHubAccountTokenNames."""
    del service
    return page("tokenNameList", (), parameters)


@operation("DeleteGitHubAccountToken", note=NO_CONSOLE)
def delete_github_account_token(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteGitHubAccountToken."""
    del service
    name = parameters.get("tokenName")
    if not name:
        refuse("GitHubAccountTokenNameRequired")
    if not names.NAME.fullmatch(name):
        refuse("InvalidGitHubAccountTokenName")
    refuse("GitHubAccountTokenDoesNotExist", because=NO_CONSOLE)
