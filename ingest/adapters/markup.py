"""XML of a vendor as an element tree. DTDs and entities are refused; nothing is fetched."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .base import MAX_PAYLOAD_BYTES, Refused

XML_DEPTH = 24
"""Nesting of a vendor's message; real ones have up to 9."""

_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']([\w-]+)[\"']", re.IGNORECASE)
_CHINESE = {"gb2312", "gbk", "gb18030", "gb_2312-80", "cp936"}


def root_of(markup: str) -> Element:
    """Raises Refused."""
    if len(markup) > MAX_PAYLOAD_BYTES:
        raise Refused(f"payload of {len(markup)} characters is larger than {MAX_PAYLOAD_BYTES}")
    try:
        return fromstring(markup.lstrip("\ufeff \t\r\n"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused(f"XML with a DTD or entities is not read: {type(error).__name__}") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(f"not XML: {error}") from error


def local(tag: Any) -> str:
    """The name without its namespace or prefix."""
    return str(tag).rpartition("}")[2].rpartition(":")[2]


def decoded(data: bytes) -> str:
    """The text of a file or message: UTF-8, or the Chinese encoding that its XML declares.

    GB2312, GBK and GB18030 are read as GB18030, which holds the other two: devices that declare GB2312 write names
    that only the larger sets have. Raises Refused.
    """
    declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf").lstrip())
    encoding = "utf-8-sig"
    if declared and declared[1].decode().lower() in _CHINESE:
        encoding = "gb18030"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        wanted = "UTF-8" if encoding == "utf-8-sig" else encoding.upper()
        raise Refused(f"not {wanted} text: byte {error.start}") from error
