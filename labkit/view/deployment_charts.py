"""``lab.charts``: still pictures of the deployments of one history."""

from labkit.simulation.history import History
from labkit.view import charts
from labkit.view.charts import Chart, Translate
from labkit.view.compare import Comparison
from labkit.view.trace import trace


class Charts:
    """Still pictures of a deployment, made from the history by matplotlib in the theater's colours.

    Each takes a deployment id and gives a matplotlib ``Figure``. Raises ``MisuseError`` on an unknown id.
    """

    def __init__(self, history: History, translate: Translate = str) -> None:
        """``translate``: into the language of the captions."""
        self._history = history
        self._translate = translate

    def version_share(self, deployment_id: str) -> Chart:
        """The share of the answers each version had, over lab time."""
        return charts.version_share(trace(self._history, deployment_id), self._translate)

    def lifecycle_gantt(self, deployment_id: str) -> Chart:
        """When each lifecycle event ran, a row for each instance."""
        return charts.lifecycle_gantt(trace(self._history, deployment_id), self._translate)

    def healthy_hosts(self, deployment_id: str) -> Chart:
        """How many instances were healthy, and the minimum that was promised."""
        return charts.healthy_hosts(trace(self._history, deployment_id), self._translate)

    def comparison(self, compared: Comparison) -> Chart:
        """The measures of what ``lab.compare`` gave, as bars."""
        return charts.comparison(compared)

    def __repr__(self) -> str:
        return (
            "<Charts: version_share(deployment_id), lifecycle_gantt(deployment_id), healthy_hosts(deployment_id), "
            "comparison(lab.compare(…))>"
        )
