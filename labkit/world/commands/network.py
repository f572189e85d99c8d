"""Who listens where, and which addresses the machine has: ss, netstat, ip (ss(8), netstat(8), ip(8))."""

from labkit.world.shell.call import Call, Result, command


@command("ss", "netstat")
def ss(call: Call) -> Result:
    """``ss -tlnp`` and ``netstat -tlnp``: who listens on which port."""
    rows = []
    for state in call.inside.services.values():
        if state.running and state.web:
            rows += [(port, state.name, state.pid) for port in state.web.ports]
    if call.name == "ss":
        lines = [f"{'State':<8}{'Recv-Q':<8}{'Send-Q':<8}{'Local Address:Port':>20}{'Peer Address:Port':>20} Process"]
        for port, name, pid in sorted(rows):
            place = f"0.0.0.0:{port}"
            lines.append(f'{"LISTEN":<8}{0:<8}{511:<8}{place:>20}{"0.0.0.0:*":>20} users:(("{name}",pid={pid},fd=6))')
    else:
        lines = [f"{'Proto':<6}{'Local Address':<24}{'Foreign Address':<24}{'State':<12}PID/Program name"]
        for port, name, pid in sorted(rows):
            place = f"0.0.0.0:{port}"
            lines.append(f"{'tcp':<6}{place:<24}{'0.0.0.0:*':<24}{'LISTEN':<12}{pid}/{name}")
    return Result("\n".join(lines) + "\n")


@command("ip", "ifconfig")
def ip(call: Call) -> Result:
    """The machine's one network interface."""
    me = call.surroundings.identity
    return Result(
        f"2: ens5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001\n    inet {me.private_ip}/24 scope global ens5\n"
    )
