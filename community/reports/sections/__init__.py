"""The parts of a report: figures held against other days and targets, their lines as tables, lists, charts as data."""

from .alarms import false_rates, hours_chart, incidents, result, standing, week_heat
from .figures import by_table, headline, of_catalogue, plain_figures
from .lists import open_orders, retention, silent
from .trend import trend

__all__ = [
    "by_table",
    "false_rates",
    "headline",
    "hours_chart",
    "incidents",
    "of_catalogue",
    "open_orders",
    "plain_figures",
    "result",
    "retention",
    "silent",
    "standing",
    "trend",
    "week_heat",
]
