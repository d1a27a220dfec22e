"""The two plotly templates, as JSON: `zw_light` for offices and reports, `zw_dark` for the wall (VISUAL.md, section 9).

A figure is a plain dict; `dcc.Graph` needs no graph objects, and their import is a second of the web process' start.
"""

from __future__ import annotations

from typing import Any

from community.words import MONTHS, WEEKDAYS, Lang

FONT = '"BSC","Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif'
SIZE = 14

LIGHT = {
    "text": "#465661",
    "ticks": "#5F6E77",
    "grid": "#E6EBEE",
    "line": "#B4C0C7",
    "hover": "#15222B",
    "colorway": ["#2F5D73", "#6B91A3", "#B9CDD6", "#8C7F63", "#C9BE9F", "#4E6E62"],
    "sequential": ["#F3F6F7", "#CFDDE4", "#8FB0BF", "#4B7A90", "#173B4C"],
}
DARK = {
    "text": "#B7C3C9",
    "ticks": "#8E9BA3",
    "grid": "#253038",
    "line": "#3C4A53",
    "hover": "#06090B",
    "colorway": ["#A9BDC7", "#6F8794", "#465963", "#D9E3E8", "#8FA8A0", "#B3A98F"],
    "sequential": ["#151E23", "#2C3A42", "#465963", "#8AA1AD", "#EDF2F4"],
}

PRIORITY = {
    "P1": {"color": "#C4211A", "line": {"color": "#C4211A", "width": 1}},
    "P2": {
        "color": "#F08A1D",
        "line": {"color": "#B85200", "width": 1},
        # without a ground of its own plotly draws the hatch on white
        "pattern": {"shape": "/", "fgcolor": "#B85200", "bgcolor": "#F08A1D", "size": 5, "solidity": 0.3},
    },
    "P3": {"color": "#F5C93A", "line": {"color": "#806200", "width": 1}},
    "P4": {"color": "#2F7BC8", "line": {"color": "#2F7BC8", "width": 1}},
}
"""Fills of a bar on white; colour is never the only carrier: P2 is hatched, the order in a stack is fixed."""

GAP = {
    "color": "#FFFFFF",
    "line": {"color": "#8C9AA3", "width": 1},
    "pattern": {"shape": "\\", "fgcolor": "#8C9AA3", "size": 6, "solidity": 0.25},
}
"""A stretch that was not recorded: hatched, never bridged."""


def _template(tone: dict[str, Any]) -> dict[str, Any]:
    axis = {"showline": True, "linecolor": tone["line"], "zeroline": False, "ticks": "", "fixedrange": True}
    axis |= {"tickfont": {"color": tone["ticks"]}, "gridcolor": tone["grid"], "automargin": True}
    steps = len(tone["sequential"]) - 1
    return {
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": SIZE, "color": tone["text"]},
            "colorway": tone["colorway"],
            "colorscale": {"sequential": [[n / steps, colour] for n, colour in enumerate(tone["sequential"])]},
            "xaxis": {**axis, "showgrid": False},
            "yaxis": {**axis, "showgrid": True},
            "margin": {"l": 44, "r": 12, "t": 8, "b": 28},
            "bargap": 0.25,
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": tone["hover"],
                "font": {"color": "#FFFFFF", "family": FONT},
                "bordercolor": tone["hover"],
            },
            "transition": {"duration": 0},
            "showlegend": False,
            "dragmode": False,
        }
    }


ZW_LIGHT, ZW_DARK = _template(LIGHT), _template(DARK)


def config(lang: Lang) -> dict[str, Any]:
    """No mode bar: nothing is exported to a cloud. The dates of a date axis in Chinese, given along."""
    return {
        "displayModeBar": False,
        "displaylogo": False,
        "locale": "zh-CN" if lang == "zh" else "en",
        "locales": LOCALES,
    }


_MONTHS_ZH = [f"{month}月" for month in range(1, 13)]
LOCALES = {
    "zh-CN": {
        "dictionary": {},
        "format": {
            "days": [f"星期{WEEKDAYS['zh'][n - 1]}" for n in range(7)],
            "shortDays": [f"周{WEEKDAYS['zh'][n - 1]}" for n in range(7)],
            "months": _MONTHS_ZH,
            "shortMonths": _MONTHS_ZH,
            "date": "%Y-%m-%d",
            "year": "%Y年",
            "month": "%Y年%b",
            "dayMonth": "%b%-d日",
            "dayMonthYear": "%Y年%b%-d日",
        },
    },
    "en": {"dictionary": {}, "format": {"shortMonths": list(MONTHS)}},
}
