"""What a lab would have cost and taken on AWS, reckoned from its record; the prices are ``prices``'s."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from math import ceil

from labkit.lessons import prices
from labkit.lessons.lesson_text import fill
from labkit.lessons.outcomes import Outcomes
from labkit.simulation.clock import LAB_START
from labkit.simulation.history import History
from labkit.world.events import ApiCalled, DeploymentCreated, MachineChanged

HOUR_S = 3600.0
BILLED = "running"
NOT_BILLED = frozenset({"stopped", "terminated"})
DEFAULT_TYPE = "t3.micro"
BALANCING = "elastic-load-balancing-v2"
"""As ``ApiCalled`` names the service."""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line of the bill. ``what``, ``how_much`` and ``price`` are words; ``usd`` the exact cost."""

    what: str
    how_much: str
    price: str
    usd: float


@dataclass(frozen=True, slots=True)
class Bill:
    """What the lab so far would have cost. ``before``: how long it would have taken; ``after``: what to know."""

    rows: tuple[BillRow, ...]
    headings: tuple[str, ...]
    total_word: str
    caption: str
    before: str
    after: tuple[str, ...]

    @property
    def usd(self) -> float:
        """The sum in US dollars."""
        return sum(row.usd for row in self.rows)

    def _lines(self) -> list[tuple[str, ...]]:
        body = [(row.what, row.how_much, row.price, f"{row.usd:.4f}") for row in self.rows]
        return [*body, (self.total_word, "", "", f"{self.usd:.4f}")]

    def __repr__(self) -> str:
        if not self.rows:
            return f"{self.before}\n\n{self._nothing()}"
        lines = [self.headings, *self._lines()]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.headings))]
        table = [_aligned(line, widths) for line in lines]
        return "\n".join([self.before, "", *table, "", *self.after])

    def _nothing(self) -> str:
        """Instead of a table without rows."""
        return f"{self.total_word}: 0 USD"

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{escape(self.before)}</p><p>{escape(self._nothing())}</p>"
        left, right = 'style="text-align:left"', 'style="text-align:right;font-variant-numeric:tabular-nums"'
        head = "".join(f'<th scope="col" {left}>{escape(heading)}</th>' for heading in self.headings)
        body = "".join(
            f'<tr><th scope="row" {left}>{escape(first)}</th>'
            + "".join(f"<td {right}>{escape(cell)}</td>" for cell in rest)
            + "</tr>"
            for first, *rest in self._lines()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.after)
        return (
            f'<p>{escape(self.before)}</p><div style="max-width:100%;overflow-x:auto"><table><caption {left}>'
            f"{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{notes}"
        )


def bill(outcomes: Outcomes, words: Mapping[str, str]) -> Bill:
    """The bill of the open lab; ``words``: the lessons' words."""
    now_s, began_s = (_since_start_s(moment) for moment in (outcomes.lab.now, outcomes.lab.ready_at))
    types = _instance_types(outcomes)
    rows = tuple(_rows(outcomes.history, types, now_s, words))
    month_usd = _month_usd(outcomes.history, types, now_s)
    small_print = fill(words["small_print"], {"region": words["price_region"], "date": words["price_date"]})
    left_on = [fill(words["left_on"], {"cost": f"{month_usd:.0f}"})] if month_usd else []
    return Bill(
        rows=rows,
        headings=(words["what"], words["how_much"], words["price"], f"{words['cost']} (USD)"),
        total_word=words["total"],
        caption=words["on_aws"],
        before=fill(words["took"], {"lesson": _duration(now_s - began_s, words), "stage": _duration(began_s, words)}),
        after=(*left_on, small_print),
    )


def machine_seconds(history: History, now_s: float) -> dict[str, tuple[float, bool]]:
    """For each instance: for how many seconds it was billed, and whether it still is.

    By the second from ``running`` on, at least 60 (EC2 User Guide, "On-Demand Instances").
    """
    found: dict[str, float] = {}
    running: dict[str, float] = {}
    for event in history.of(MachineChanged):
        began_s = running.get(event.instance_id)
        if event.state == BILLED and began_s is None:
            running[event.instance_id] = event.at_s
        elif event.state != BILLED and began_s is not None:
            del running[event.instance_id]
            found[event.instance_id] = found.get(event.instance_id, 0.0) + max(event.at_s - began_s, prices.MINIMUM_S)
    for instance_id, began_s in running.items():
        found[instance_id] = found.get(instance_id, 0.0) + max(now_s - began_s, prices.MINIMUM_S)
    return {instance_id: (seconds, instance_id in running) for instance_id, seconds in found.items()}


def balancer_hours(history: History, now_s: float) -> tuple[int, int]:
    """The begun hours of all load balancers, and how many balancers there are now."""
    born: list[float] = []
    hours = 0
    for call in history.of(ApiCalled):
        if call.service != BALANCING or call.error_code is not None:
            continue
        if call.operation == "CreateLoadBalancer":
            born.append(call.at_s)
        elif call.operation == "DeleteLoadBalancer" and born:
            hours += _begun_hours(call.at_s - born.pop(0))
    return hours + sum(_begun_hours(now_s - at_s) for at_s in born), len(born)


Types = Mapping[str, str]
"""Instance types by instance id."""


def _rows(history: History, types: Types, now_s: float, words: Mapping[str, str]) -> Iterator[BillRow]:
    by_type = _hours_by_type(history, types, now_s)
    for kind, hours in sorted(by_type.items()):
        yield _hourly(fill(words["instance_hours"], {"type": kind}), hours, _ec2_price(kind), words)
    together = sum(by_type.values())
    if together:
        disks = fill(words["disk_hours"], {"gigabytes": prices.DISK_GB})
        yield _hourly(words["address_hours"], together, prices.IPV4_USD_AN_HOUR, words)
        yield _hourly(disks, together, _disk_usd_an_hour(), words)
    hours, _ = balancer_hours(history, now_s)
    if hours:
        yield _hourly(words["balancer_hours"], hours, prices.ALB_USD_AN_HOUR, words)
    deployments = len(history.of(DeploymentCreated))
    if deployments:
        yield BillRow(words["deployments"], str(deployments), words["free"], 0.0)


def _hours_by_type(history: History, types: Types, now_s: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for instance_id, (seconds, _) in machine_seconds(history, now_s).items():
        kind = types.get(instance_id, DEFAULT_TYPE)
        found[kind] = found.get(kind, 0.0) + seconds / HOUR_S
    return found


def _hourly(what: str, hours: float, usd_an_hour: float, words: Mapping[str, str]) -> BillRow:
    how_much = fill(words["hours"], {"hours": f"{hours:.2f}"})
    price = fill(words["an_hour"], {"price": f"{usd_an_hour:.4f}"})
    return BillRow(what, how_much, price, hours * usd_an_hour)


def _month_usd(history: History, types: Types, now_s: float) -> float:
    """What runs now, for a month."""
    seconds = machine_seconds(history, now_s)
    running = [types.get(instance_id, DEFAULT_TYPE) for instance_id, (_, still) in seconds.items() if still]
    each = prices.IPV4_USD_AN_HOUR + _disk_usd_an_hour()
    _, balancers = balancer_hours(history, now_s)
    an_hour = sum(_ec2_price(kind) + each for kind in running) + balancers * prices.ALB_USD_AN_HOUR
    return an_hour * prices.HOURS_A_MONTH


def _instance_types(outcomes: Outcomes) -> Types:
    pages = outcomes.client("ec2").get_paginator("describe_instances").paginate()
    return {
        instance["InstanceId"]: instance["InstanceType"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def _ec2_price(kind: str) -> float:
    return prices.EC2_USD_AN_HOUR.get(kind, prices.EC2_USD_AN_HOUR[DEFAULT_TYPE])


def _disk_usd_an_hour() -> float:
    return prices.DISK_GB * prices.GP3_USD_A_GB_MONTH / prices.HOURS_A_MONTH


def _begun_hours(seconds: float) -> int:
    return max(ceil(seconds / HOUR_S), 1)


def _since_start_s(moment: datetime) -> float:
    return (moment - LAB_START).total_seconds()


def _duration(seconds: float, words: Mapping[str, str]) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    key = "duration_hours" if hours else "duration_minutes"
    return fill(words[key], {"hours": hours, "minutes": minutes})


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    what, *others = line
    right = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return "  ".join([what.ljust(widths[0]), *right])
