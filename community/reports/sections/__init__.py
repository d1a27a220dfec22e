"""The parts of a report: figures held against other days and targets, their lines as tables, lists, charts as data."""

from .alarms import false_rates, hours_chart, incidents, result, standing, week_heat
from .balance import balance
from .described import plan, shifts
from .figures import by_table, headline, of_catalogue, plain_figures
from .lists import open_orders, retention, silent
from .seen import seen
from .trend import trend

__all__ = [
    "balance",
    "by_table",
    "false_rates",
    "headline",
    "hours_chart",
    "incidents",
    "of_catalogue",
    "open_orders",
    "plain_figures",
    "plan",
    "result",
    "retention",
    "seen",
    "shifts",
    "silent",
    "standing",
    "trend",
    "week_heat",
]
