"""Who may read what. 内部 names places as far as the door; 业委会 and 街道 get the building, and nothing of a resident.

In no edition does a report say which alarm of care it was, nor whose: that stands at the desk (DOMAIN.md, privacy).
"""

from __future__ import annotations

from typing import Any

from ..board.alarm_words import CARE
from ..board.naming import where
from ..figures.words import alarm_words, key_words
from ..history.lives import Life
from ..kind_words import KIND_WORDS
from ..site import Site, Text
from ..words import Lang
from .model import Edition
from .personal import faults_of

EDITION_NAMES = {
    "internal": Text("内部版", "Internal"),
    "owners": Text("业委会版", "Owners' committee"),
    "street": Text("街道版", "Sub-district office"),
}
OTHER = Text("其他", "Other")
COMMON = Text("公共区域", "Common area")


class Eyes:
    """What a reader of an edition gets to see, in one language."""

    def __init__(self, site: Site, edition: Edition, lang: Lang) -> None:
        self.site, self.edition, self.lang = site, edition, lang
        self.outside = edition != "internal"

    def say(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh

    def alarm(self, alarm_id: str) -> str:
        if self.outside and alarm_id in CARE:
            return OTHER.get(self.lang)
        return alarm_words(alarm_id, self.lang)

    def personal(self, alarm_id: str, device_id: str) -> bool:
        """Of a resident, whether or not the device is described."""
        device = self.site.by_id.get(device_id)
        return alarm_id in CARE or (device is not None and device.system == "care")

    def shows(self, life: Life) -> bool:
        """Whether the alarm is listed one by one."""
        return not (self.outside and self.personal(life.alarm, life.device))

    def tells(self, life: Life, words: str) -> bool:
        """Whether what somebody wrote of the alarm is printed: not outside, not of a resident in care, and never the
        number of a person."""
        return not (self.outside or self.personal(life.alarm, life.device) or faults_of([words], self.edition))

    def place(self, device_id: str) -> str:
        device = self.site.by_id.get(device_id)
        if not self.outside:
            room = device is not None and bool(device.room) and device.system != "care"
            if device is None and device_id not in self.site.source_by_id:
                return device_id if not _of_register(device_id) else COMMON.get(self.lang)
            return where(self.site, device_id, self.lang, room=room)
        if device is None:
            source = self.site.source_by_id.get(device_id)
            return source.name.get(self.lang) if source is not None else COMMON.get(self.lang)
        if device.building:
            return f"Bldg {device.building}" if self.lang == "en" else f"{device.building}号楼"
        if self.lang == "en":
            return self.site.area_en(device.area) or COMMON.en
        return device.area or COMMON.zh

    def device(self, device_id: str) -> str:
        """A device in a list: where it is, and what kind of thing where its name does not say it."""
        device = self.site.by_id.get(device_id)
        if not self.outside:
            place = self.place(device_id)
            if device is None or not device.building or device.system == "care" or device.kind not in KIND_WORDS:
                return place
            return f"{place} {KIND_WORDS[device.kind].get(self.lang)}"  # a home has a meter of water and one of power
        if device is None or device.system == "care":
            return self.place(device_id) if device is None else COMMON.get(self.lang)
        return f"{self.place(device_id)} {key_words('system', device.system, self.lang)}"

    def key(self, by: str, value: Any) -> str:
        """A key of a figure's line in words."""
        if by == "alarm":
            return self.alarm(str(value))
        if by == "device":
            return self.device(str(value))
        if by == "subject":
            alarm_id, _, device_id = str(value).partition("/")
            if self.outside and self.personal(alarm_id, device_id):
                return OTHER.get(self.lang)
            return f"{self.alarm(alarm_id)} {self.place(device_id)}"
        return key_words(by, value, self.lang)

    def identity(self, by: str, value: Any) -> str:
        """What the same line has whatever it is called, for a correction to know it by; nearer to nobody than the words
        of `key`."""
        text = str(value)
        if by == "alarm":
            return self._kind_of(text)
        if by == "device":
            return self._thing(text)
        if by == "subject":
            alarm_id, _, device_id = text.partition("/")
            if self.outside and self.personal(alarm_id, device_id):
                return "other"
            return f"{self._kind_of(alarm_id)}/{self._spot(device_id)}"
        return text

    def _kind_of(self, alarm_id: str) -> str:
        return alarm_id if alarm_id not in CARE else "other" if self.outside else "care"

    def _thing(self, device_id: str) -> str:
        device = self.site.by_id.get(device_id)
        if device is None or not self.outside:
            return self._spot(device_id)
        return "" if device.system == "care" else f"{self._spot(device_id)}/{device.system}"

    def _spot(self, device_id: str) -> str:
        device = self.site.by_id.get(device_id)
        if device is None:
            hidden = device_id not in self.site.source_by_id if self.outside else _of_register(device_id)
            return "" if hidden else device_id
        if self.outside:
            return device.building or f"area:{device.area}"
        return f"{device.building}/{device.unit}" if device.system == "care" else device_id


def _of_register(device_id: str) -> bool:
    """A resident in care whom nobody described: the register's id leads to a person."""
    return device_id.startswith("subject-")
