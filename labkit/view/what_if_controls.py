"""The sliders and menus of a what-if: what they say is a scenario."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from labkit.view.compare_words import LABELS
from labkit.view.panel import Field, Panel, menu, slider
from labkit.view.words import Words
from labkit.world.scenario.parameters import BLUE_GREEN, IN_PLACE, FaultAt, Scenario

LARGEST_FLEET = 20
LONGEST_INTERVAL_S = 60
LONGEST_DELAY_S = 300
LATEST_FAULT_S = 900
MOST_VISITORS_PER_S = 200
OWN_MINIMUM = "own-minimum"
"""Stands in the menu of configurations for a minimum of healthy hosts chosen with its slider."""
NO_FAULT = ""

Values = dict[str, Any]


class Controls:
    """The controls of one what-if, showing ``scenario`` at first; ``panel`` is what a notebook shows.

    ``configs``: the deployment configurations to choose from, by name. ``faults``: id -> one sentence.
    """

    def __init__(
        self, scenario: Scenario, configs: Mapping[str, Any], faults: Mapping[str, str], words: Words = LABELS
    ) -> None:
        self._start = scenario
        self._configs = configs
        self._faults = faults
        self._words = words
        self._listeners: list[Callable[[], None]] = []
        self._silent = False
        self.panel = Panel(reset_label=words["reset"], reset_tip=words["reset_tip"])
        self._show(self._values_of(scenario))
        self.panel.observe(self._changed, "values")
        self.panel.on_msg(self._asked)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` whenever another scenario was chosen."""
        self._listeners.append(listener)

    def set(self, **values: Any) -> None:
        """Sets some of the controls, by name, as somebody in the browser would."""
        self.panel.values = {**self.panel.values, **values}

    def reset(self) -> None:
        """Sets every control to what it showed at first."""
        self.panel.values = self._values_of(self._start)

    def scenario(self) -> Scenario:
        """What the controls say. Raises ``MisuseError`` if there can't be such a scenario."""
        values = self.panel.values
        interval_s = values["health_check_interval_s"]
        fault = FaultAt(values["fault"], int(values["fault_instance"]), float(values["fault_at_s"]))
        chosen = replace(
            self._start,
            fleet_size=values["fleet_size"],
            style=values["style"],
            health_check_interval_s=interval_s,
            # Elastic Load Balancing wants a check to be over before the next one begins.
            health_check_timeout_s=min(self._start.health_check_timeout_s, interval_s - 1),
            healthy_threshold=values["healthy_threshold"],
            unhealthy_threshold=values["unhealthy_threshold"],
            deregistration_delay_s=values["deregistration_delay_s"],
            request_rate_per_s=float(values["request_rate_per_s"]),
            faults=() if fault.fault == NO_FAULT else (fault,),
        )
        if values["config"] == OWN_MINIMUM:
            return chosen.keeping(values["minimum_healthy_hosts"])
        return replace(chosen, config=self._configs[values["config"]])

    # --- from a scenario to the controls -------------------------------------------------------

    def _values_of(self, scenario: Scenario) -> Values:
        fault = scenario.faults[0] if scenario.faults else FaultAt(NO_FAULT, 0, 0.0)
        return {
            "fleet_size": scenario.fleet_size,
            "style": scenario.style,
            "config": scenario.config.name if scenario.config.name in self._configs else OWN_MINIMUM,
            "minimum_healthy_hosts": scenario.minimum_healthy_hosts,
            "deregistration_delay_s": scenario.deregistration_delay_s,
            "health_check_interval_s": scenario.health_check_interval_s,
            "healthy_threshold": scenario.healthy_threshold,
            "unhealthy_threshold": scenario.unhealthy_threshold,
            "request_rate_per_s": round(scenario.request_rate_per_s),
            "fault": fault.fault,
            "fault_instance": str(fault.instance),
            "fault_at_s": round(fault.at_s),
        }

    def _fields(self, values: Values) -> list[Field]:
        start, words, size = self._start, self._words, values["fleet_size"]
        styles = [(words[f"style_{style}"], style) for style in (IN_PLACE, BLUE_GREEN)]
        configs = [*((name, name) for name in self._configs), (words["own_minimum"], OWN_MINIMUM)]
        faults = [(words["no_fault"], NO_FAULT), *((name, name) for name in self._faults)]
        instances = [(f"web-{number + 1}", str(number)) for number in range(size)]
        longest_check_s = max(LONGEST_INTERVAL_S, start.health_check_interval_s)
        longest_delay_s = max(LONGEST_DELAY_S, start.deregistration_delay_s)
        fields = [
            slider("fleet_size", words, "group_deployment", 1, max(LARGEST_FLEET, start.fleet_size)),
            menu("style", words, "group_deployment", styles),
            menu("config", words, "group_deployment", configs),
            slider("minimum_healthy_hosts", words, "group_deployment", 0, size),
            slider("health_check_interval_s", words, "group_load_balancer", 5, longest_check_s),
            slider("healthy_threshold", words, "group_load_balancer", 2, 10),
            slider("unhealthy_threshold", words, "group_load_balancer", 2, 10),
            slider("deregistration_delay_s", words, "group_load_balancer", 0, longest_delay_s),
            slider("request_rate_per_s", words, "group_visitors", 1, MOST_VISITORS_PER_S),
            menu("fault", words, "group_visitors", faults),
            menu("fault_instance", words, "group_visitors", instances),
            slider("fault_at_s", words, "group_visitors", 0, LATEST_FAULT_S),
        ]
        for field in fields:
            if field["name"] in {"fault_instance", "fault_at_s"}:
                field["disabled"] = values["fault"] == NO_FAULT
            elif field["name"] == "fault" and values["fault"]:
                field["tip"] = self._faults[values["fault"]]
        return fields

    # --- from the browser ----------------------------------------------------------------------

    def _asked(self, _panel: Panel, message: Mapping[str, Any], _buffers: Any) -> None:
        if message.get("kind") == "reset":
            self.reset()

    def _changed(self, change: Mapping[str, Any]) -> None:
        if self._silent:
            return
        old, new = change["old"], dict(change["new"])
        # Whoever moves the minimum alone wants a configuration of their own.
        if [name for name in new if new[name] != old.get(name)] == ["minimum_healthy_hosts"]:
            new["config"] = OWN_MINIMUM
        self._show(new)
        for listener in tuple(self._listeners):
            listener()

    def _show(self, values: Values) -> None:
        """Brings the controls that depend on others into line."""
        self._silent = True
        size = values["fleet_size"]
        values["minimum_healthy_hosts"] = min(values["minimum_healthy_hosts"], size)
        values["fault_instance"] = str(min(int(values["fault_instance"]), size - 1))
        self.panel.values = values
        if values["config"] != OWN_MINIMUM:
            values = {**values, "minimum_healthy_hosts": self.scenario().minimum_healthy_hosts}
        with self.panel.hold_sync():
            self.panel.fields = self._fields(values)
            self.panel.values = values
        self._silent = False
