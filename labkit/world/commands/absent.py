"""Names that bashkit answers and Amazon Linux 2023 does not, or not before a package brings them."""

from labkit.world.shell.call import COMMANDS, Call, Result, command

NOT_ON_AMAZON_LINUX = """assert busybox csv dotenv envsubst glob http json log parallel retry rg semver sqlite sqlite3
template tomlq tree verify yq""".split()  # noqa: SIM905


def _no_counterpart(call: Call) -> Result:
    """The program's file is there; what it does is not part of the lab."""
    return call.fail("the machines of this lab have this program's file, but not what it does", 126)


for _name in NOT_ON_AMAZON_LINUX:
    if _name not in COMMANDS:
        command(_name, program=f"/usr/bin/{_name}")(_no_counterpart)
