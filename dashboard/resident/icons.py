"""Line icons on a 24-unit grid, drawn for this project. They come with the page: each file is a request."""

from __future__ import annotations

_ICONS = {
    "bolt": '<path d="M13 2 4.500 13.500H11L10 22l9-12h-6.500z"/>',
    "wrench": (
        '<path d="M20.500 7.500a5 5 0 0 1-6.700 4.700L6.500 19.500a2 2 0 0 1-3-3L11 9.300A5 5 0 0'
        ' 1 16.800 2.700L13.900 5.600l.6 3.400 3.400.600z"/>'
    ),
    "horn": (
        '<path d="M3.500 10v4h4l9.500 4.500v-13L7.500 10z"/><path d="m7.500 14 1.500 6h3l-1.500-4.500"/>'
        '<path d="M20 10v4"/>'
    ),
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.500 21c0-4.500 3.300-7 7.500-7s7.500 2.500 7.500 7"/>',
    "ebike": (
        '<circle cx="5.500" cy="17" r="3.500"/><circle cx="18.500" cy="17" r="3.500"/>'
        '<path d="M5.500 17 9 9.500h6.500l3 7.500M9 9.500l3.500 7.500h-7M12.500 17l3-7.500L14.500'
        ' 6H17M7.500 7h3"/>'
    ),
    "car": (
        '<path d="M4 21V5a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v16M2.500 21h13"/>'
        '<path d="m9.800 8-2.300 4h3l-2.300 4"/>'
        '<path d="M14 13h2a2 2 0 0 1 2 2v2.500a1.800 1.800 0 0 0 3.500 0V9L18 5.500"/>'
    ),
    "pin": ('<path d="M12 22s7-6.500 7-12a7 7 0 0 0-14 0c0 5.500 7 12 7 12z"/><circle cx="12" cy="10" r="2.500"/>'),
    "sos": '<rect x="2.500" y="2.500" width="19" height="19" rx="5"/><path d="M12 7.500v9M7.500 12h9"/>',
    "camera": '<path d="M4 8h3.500L9 5.500h6L16.500 8H20v11H4z"/><circle cx="12" cy="13.300" r="3.300"/>',
    "utilities": '<path d="M12 3c4 5 6.500 8.300 6.500 11.500a6.500 6.500 0 0 1-13 0C5.500 11.300 8 8 12 3z"/>',
    "facilities": (
        '<path d="m3.500 11 8.500-7.500 8.500 7.500"/><path d="M5.500 9.500V20.500h13V9.500M9.500 20.500v-6h5v6"/>'
    ),
    "cleaning": '<path d="M4 7h16M6 7l1 14h10l1-14M9.500 7V3.500h5V7M10 11v6M14 11v6"/>',
    "parking": (
        '<rect x="3.500" y="3.500" width="17" height="17" rx="3"/><path d="M9.500 17V7.500h3.500a3 3 0 0 1 0 6H9.500"/>'
    ),
    "lift": '<rect x="5" y="2.500" width="14" height="19" rx="2"/><path d="m9 10 3-3 3 3M9 14l3 3 3-3"/>',
    "noise": (
        '<path d="M4 9.500v5h3.500L13 19V5L7.500 9.500z"/>'
        '<path d="M16.500 8.500a5 5 0 0 1 0 7M19 6a8.500 8.500 0 0 1 0 12"/>'
    ),
    "safety": (
        '<path d="M12 2.500 20 5.500v6c0 5-3.500 8.500-8 10-4.500-1.500-8-5-8-10v-6z"/>'
        '<path d="M12 7.500v5M12 15.500v.5"/>'
    ),
    "other": '<path d="M5.500 12h.01M12 12h.01M18.500 12h.01" stroke-width="3.500"/>',
}


def icon(name: str) -> str:
    return f'<i class="icon" aria-hidden="true"><svg viewBox="0 0 24 24">{_ICONS[name]}</svg></i>'
