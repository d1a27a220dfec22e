"""Orders to devices as a button sends them: a shape for each row of community/actions.py, and the broadcast's own."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from community.actions import ACTIONS
from community.broadcasting import PLAY
from community.model import COMMAND
from community.state import State
from store.blobs import Blobs

from .fields import DeviceId, Post, Reason, Role

Zone = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class DeviceOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Done when the device itself says so. `call`: of an intercom, the one that was shown."""

    device: DeviceId
    by: Post = ""
    role: Role = ""
    community: str = ""
    reason: Reason = ""
    call: Annotated[str, msgspec.Meta(max_length=100)] = ""

    @property
    def record_type(self) -> str:
        return COMMAND + str(self.__struct_config__.tag)

    @property
    def subject(self) -> str:
        return self.device

    @property
    def data(self) -> dict[str, Any]:
        return {"by": self.by, "role": self.role, "reason": self.reason, "call": self.call}

    def missing(self, state: State) -> str:
        known = self.device in state.devices or self.device in state.site.by_id
        return "" if known else "device"


DEVICE_ORDERS: tuple[type[DeviceOrder], ...] = tuple(
    msgspec.defstruct("".join(map(str.capitalize, type_.split("."))), [], bases=(DeviceOrder,), tag=type_)
    for type_ in ACTIONS
    if type_ != PLAY
)


class Play(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag=PLAY):
    """A broadcast. `message`: an id that the page has made up, so that asking again is the same broadcast. `text` comes
    as words; into the log goes their hash (`kept`)."""

    message: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{8,60}$")]
    zones: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=60)]], msgspec.Meta(min_length=1, max_length=50)
    ]
    recording: Annotated[str, msgspec.Meta(max_length=60)] = ""
    text: Annotated[str, msgspec.Meta(max_length=300)] = ""
    by: Post = ""
    role: Role = ""
    community: str = ""
    reason: Reason = ""

    record_type = COMMAND + PLAY

    @property
    def subject(self) -> str:
        return self.message

    @property
    def data(self) -> dict[str, Any]:
        said = {"by": self.by, "role": self.role, "reason": self.reason, "zones": self.zones}
        return said | {"recording": self.recording, "text": self.text}

    def missing(self, state: State) -> str:
        zones = {zone.id for zone in state.site.zones} | {"all"}
        return "" if zones.issuperset(self.zones) else "zone"

    def kept(self, blobs: Blobs) -> Play:
        """With the hash of its words in their place, once the blob store has them. Raises OSError."""
        words = self.text.strip()
        return msgspec.structs.replace(self, text=blobs.put(words.encode()) if words else "")
