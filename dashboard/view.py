"""What a page is: its address, layout, files and callbacks (CONTRIBUTING.md, 'Adding a page')."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from dash import Dash
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from community.site import Text
from store.blobs import Blobs

from .figures import History
from .hub import Hub
from .pages import Page, current
from .sending import Commands


class House(msgspec.Struct, frozen=True):
    """What a page may ask: the live state, the history, the log for commands, the pictures."""

    hub: Hub
    history: History
    commands: Commands
    blobs: Blobs


def no_callbacks(app: Dash, house: House) -> None:
    """A page that is laid out once; what moves on it comes over the stream."""


class View(msgspec.Struct, frozen=True):
    path: str
    title: Text
    layout: Callable[[Page], Component]
    """Runs on the event loop: it draws the frame from the page's facts and reads nothing."""
    assets: tuple[str, ...]
    """Folders of assets/ in the order in which they are loaded."""
    everywhere: bool = False
    """It is about all communities: its title names none."""
    graphs: bool = False
    """Whether dcc and with a Graph plotly.js come along: a megabyte that others do not pay."""
    acts: bool = True
    """Whether people of the desk may handle what it shows; what is over nobody can."""
    callbacks: Callable[[Dash, House], None] = no_callbacks
    """Registers this page's callbacks, each `async def` with `asking(path)` as its first line."""


def asking(path: str) -> Page:
    """The page whose callback is asked for. Every callback is reachable for whoever reaches one: each checks by itself
    that the request comes from its own page, and gives nothing (204) to another."""
    page = current.get()
    if page.path != path:
        raise PreventUpdate
    return page
