"""A kiosk's voice without a loudspeaker: speech-dispatcher with espeak-ng, which writes what it says into a file, and
an X server for the browser, which in its headless form has no voices."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from store.children import Children
from tests.engines.wait import wait_until

DEBIAN = ("speech-dispatcher", "speech-dispatcher-espeak-ng", "speech-dispatcher-audio-plugins", "espeak-ng", "xvfb")
HERTZ = 22_050
"""espeak-ng's own rate, one channel of 16 bits; the file is written as it speaks."""
LOUD, WINDOWS_A_S = 1_000, 50
"""Of 32,767; what is not as loud for a fiftieth of a second is a pause."""

_SOUND = 'pcm.!default {{ type file; slave.pcm "null"; file "{file}"; format "raw" }}\npcm.null {{ type null }}\n'
_SPEECH = """LogLevel 1
LogDir "{folder}"
CommunicationMethod "unix_socket"
SocketPath "{folder}/socket"
AudioOutputMethod "alsa"
AddModule "espeak-ng" "sd_espeak-ng" "espeak-ng.conf"
DefaultModule espeak-ng
"""


def voice_missing() -> bool:
    return not all(shutil.which(name) for name in ("speech-dispatcher", "espeak-ng", "Xvfb"))


class Voice:
    """`env`: what a browser needs that is to have it."""

    def __init__(self, children: Children) -> None:
        self._folder = folder = Path(tempfile.mkdtemp(prefix="shouwang-"))  # short: it holds a socket
        self._file = folder / "said.raw"
        (folder / "asound.conf").write_text(_SOUND.format(file=self._file), "utf-8")
        shutil.copytree("/etc/speech-dispatcher", folder / "conf")
        (folder / "conf" / "speechd.conf").write_text(_SPEECH.format(folder=folder), "utf-8")
        self._speech = children.start(
            ["speech-dispatcher", "--run-single", "--config-dir", folder / "conf", "--pid-file", folder / "pid"],
            env={**os.environ, "ALSA_CONFIG_PATH": str(folder / "asound.conf")},
        )
        told, tell = os.pipe()
        self._screen = children.start(
            ["Xvfb", "-displayfd", str(tell), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"], pass_fds=(tell,)
        )
        os.close(tell)
        with os.fdopen(told) as display:
            screen = display.readline().strip()
        self.env = {"DISPLAY": f":{screen}", "SPEECHD_ADDRESS": f"unix_socket:{folder}/socket"}
        wait_until(self._has_mandarin, 60, "speech-dispatcher has its voices")  # a browser asks once, when it starts

    def _has_mandarin(self) -> bool:
        asked = ["spd-say", "--list-synthesis-voices"]
        told = subprocess.run(asked, env={**os.environ, **self.env}, capture_output=True, check=False)
        return b"Mandarin" in told.stdout

    def spoken_s(self) -> float:
        """For how long something was heard until now."""
        if not self._file.exists():
            return 0.0
        samples = np.fromfile(self._file, np.int16, count=self._file.stat().st_size // 2)
        window = HERTZ // WINDOWS_A_S
        windows = samples[: len(samples) // window * window].reshape(-1, window).astype(np.int64)
        return float((np.abs(windows).max(axis=1) > LOUD).sum()) / WINDOWS_A_S

    def close(self) -> None:
        for process in (self._speech, self._screen):
            process.terminate()
            process.wait(10)
        shutil.rmtree(self._folder)
