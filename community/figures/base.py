"""A figure as data: what it is called, how it is counted, what is good. Pages, reports and the API draw from one list.

`query` is SQL that SQLite and PostgreSQL both take, over the tables of history. Parameters: `:community`; `:from_day`,
`:to_day` (local days, both included); `:from_ms`, `:to_ms` (the same as moments, the end excluded); `:now_ms` (the
clock of what is written); `:minutes` (those of these days that have passed), `:recorded` (those of them in which the
log was written), `:days` (those with any of them). Columns: first those that `by` names, one row each; `value`; `of`
where the figure is a part of a whole or a mean; `n`, from how many rows it was counted; `left_out`, how many had no
amount. All are whole numbers: the figure is value x factor / of, worked out once, after the database, so that the
digits are the same on both.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ..site import Text

Better = Literal["more", "less", ""]


class Target(msgspec.Struct, frozen=True):
    """The figure is good when it is at least, or at most, this."""

    at: float
    source: str
    """Who says so: a standard with its edition, or the house."""


class Figure(msgspec.Struct, frozen=True):
    id: str
    name: Text
    definition: Text
    unit: Text
    query: str
    section: str
    """Of a report: alarms, devices, charging, access, calls, meters, orders, patrol, broadcast."""
    better: Better = ""
    target: Target | None = None
    by: tuple[str, ...] = ()
    factor: float = 1.0
    decimals: int = 0
    systems: tuple[str, ...] = ()
    """Whose feeds it rests on: where none of them was heard, no rows are unknown and not 0. Empty: the log's own."""
    measured: bool = False
    """An amount that devices deliver: without a row nothing was measured, which is not 0."""
    peak: bool = False
    """A maximum, a percentile, a state at the end: it does not add up over days."""
    column: str = "value"
    """Of the query's the one that is the figure. Another than `value` is an amount of its own, of nothing: figures that
    share a query are counted in one look."""
    standing: bool = False
    """A state at the end, of whatever began before: rows say nothing of it where nobody listened."""


def adds_up(figure: Figure) -> bool:
    """Whether the figures of some days, added, are that of all of them."""
    return not (figure.peak or is_of(figure) or figure.unit.zh == "%")


def is_of(figure: Figure) -> bool:
    """Whether it is a part of a whole, or a mean."""
    return figure.column == "value" and "AS of" in figure.query


def unit_words(figure: Figure, lang: str) -> str:
    """A count has no unit in English."""
    return figure.unit.en if lang == "en" else figure.unit.zh


COUNT, ROWS, SHARE, SECONDS = Text("次", ""), Text("条", ""), Text("%", "%"), Text("秒", "s")
KWH, M3, MINUTES, PORTS = Text("度", "kWh"), Text("m³", "m³"), Text("分钟", "min"), Text("个", "")
POINTS, ORDERS, SESSIONS, PASSES, METERS = (
    Text("分", ""),
    Text("件", ""),
    Text("次", ""),
    Text("次", ""),
    Text("块", ""),
)

_DAYS = "community = :community AND day BETWEEN :from_day AND :to_day"


def counted(measure: str, where: str = "", *, value: str = "SUM(n)", by: str = "", hours: bool = False) -> str:
    """Over the sums by day (or by hour) of one measure."""
    head = f"{by}, " if by else ""
    tail = f" GROUP BY {by} ORDER BY {by}" if by else ""
    table = "rollup_hour" if hours else "rollup_day"
    return (
        f"SELECT {head}COALESCE({value}, 0) AS value, COALESCE(SUM(n), 0) AS n, COALESCE(SUM(missing), 0) AS left_out "
        f"FROM {table} WHERE community = :community AND measure = '{measure}' AND day BETWEEN :from_day AND :to_day"
        f"{' AND ' + where if where else ''}{tail}"
    )


def of_days(table: str, value: str, where: str = "", *, of: str = "", left_out: str = "", by: str = "") -> str:
    """Over the rows themselves."""
    columns = [*([by] if by else []), f"{value} AS value", *([f"{of} AS of"] if of else []), "COUNT(*) AS n"]
    columns += [f"{left_out} AS left_out"] if left_out else []
    tail = f" GROUP BY {by} ORDER BY {by}" if by else ""
    return f"SELECT {', '.join(columns)} FROM {table} WHERE {_DAYS}{' AND ' + where if where else ''}{tail}"


def kept(table: str) -> str:
    """Days of which the rows are still there: sums outlive them."""
    return f"day >= COALESCE((SELECT from_day FROM kept WHERE community = :community AND source = '{table}'), '')"


def devices_of(table: str, where: str = "", *, among: str = "") -> str:
    """How many devices have a row in these days. From one device to the next through the index by device, so that a
    year of rows is not read to find the same devices every day. `among`: rows that have such an index of their own."""
    held = f"community = :community{' AND ' + among if among else ''}"
    return (
        f"(WITH RECURSIVE seen(device) AS (SELECT MIN(device) FROM {table} WHERE {held} UNION ALL "
        f"SELECT (SELECT MIN(later.device) FROM {table} AS later WHERE {held} "
        "AND later.device > seen.device) FROM seen WHERE seen.device IS NOT NULL) "
        f"SELECT COUNT(*) FROM seen WHERE EXISTS (SELECT 1 FROM {table} AS one WHERE {held} "
        f"AND one.device = seen.device AND one.day BETWEEN :from_day AND :to_day{' AND ' + where if where else ''}))"
    )


def rank(percent: int, amount: str, rows: str, *, by: str = "") -> str:
    """Nearest-rank percentile of an amount: the smallest that at least so many percent do not exceed."""
    if not by:  # a place counted off is half the work of a number for each row
        return (
            f"WITH amounts AS (SELECT {amount} AS amount FROM {rows}) SELECT amount AS value, "
            "(SELECT COUNT(*) FROM amounts) AS n FROM amounts ORDER BY amount LIMIT 1 "
            f"OFFSET (SELECT (COUNT(*) * {percent} - 1) / 100 FROM amounts)"
        )
    return (
        f"SELECT {by}, MIN(CASE WHEN part >= {percent / 100} THEN amount END) AS value, COUNT(*) AS n "
        f"FROM (SELECT {by}, {amount} AS amount, CUME_DIST() OVER (PARTITION BY {by} ORDER BY {amount}) AS part "
        f"FROM {rows}) AS parts GROUP BY {by} ORDER BY {by}"
    )


def rank_by_step(percent: int, amount: str, table: str, measure: str, step_ms: int) -> str:
    """As `rank`, of very many rows: sums by day say between which steps the amount lies, and only its rows are read.
    `measure`: the sums, their first word the whole steps of the amount, of which `table` has an index by day."""
    return (
        f"WITH steps AS (SELECT CAST(dim1 AS BIGINT) AS s, SUM(n) AS n FROM rollup_day WHERE {_DAYS} "
        f"AND measure = '{measure}' AND {kept(table)} GROUP BY dim1), "
        "sums AS (SELECT s, n, SUM(n) OVER (ORDER BY s) AS upto, SUM(n) OVER () AS m FROM steps), "
        "hit AS (SELECT s, CAST(m AS BIGINT) AS m, CAST(upto - n AS BIGINT) AS before FROM sums "
        f"WHERE upto >= (CAST(m AS BIGINT) * {percent} + 99) / 100 ORDER BY s LIMIT 1) "
        # CROSS JOIN: SQLite keeps this order, from the step to its days to their rows
        f"SELECT {amount} AS value, hit.m AS n FROM hit CROSS JOIN rollup_day AS r CROSS JOIN {table} AS a "
        f"WHERE r.community = :community AND r.measure = '{measure}' AND r.day BETWEEN :from_day AND :to_day "
        "AND r.dim1 = CAST(hit.s AS TEXT) AND a.community = :community AND a.day = r.day "
        f"AND {amount} BETWEEN {step_ms} * hit.s AND {step_ms} * hit.s + {step_ms - 1} ORDER BY {amount} LIMIT 1 "
        f"OFFSET COALESCE((SELECT (m * {percent} - 1) / 100 - before FROM hit), 0)"
    )
