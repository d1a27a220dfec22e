"""What the fields of a command may hold, whatever it is about."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Post = Annotated[str, msgspec.Meta(pattern="^(post:[a-z][a-z0-9_-]{0,30})?$")]
"""For which post the person acts; empty: the one of the grant."""

Role = Literal["", "guard", "supervisor", "manager"]
"""As what the person acts, where that is less than could be; empty: as the most."""

Reason = Annotated[str, msgspec.Meta(max_length=500)]
DeviceId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
