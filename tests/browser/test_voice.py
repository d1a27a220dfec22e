"""The voice is heard: a kiosk's own browser, speech-dispatcher and espeak-ng's Mandarin, as samples in a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from store.children import Children
from tests.browser.conftest import Programs, Wall
from tests.browser.test_sound import LISTEN
from tests.engines.browser import find_chromium
from tests.engines.voice import DEBIAN, Voice, voice_missing
from tests.engines.wait import wait_until
from tests.layouts.scenes import SECOND, Scene

FOUND = """
  const offered = speechSynthesis.getVoices.bind(speechSynthesis);
  speechSynthesis.getVoices = () => {
    const all = offered();
    window.found ||= all.length > 0;
    return all;
  };
"""
"""Notes what the page has found by asking, and asks nothing itself: the first question is what a browser waits for."""
CHOSEN = """() => {
  const voice = SW.pickVoice(speechSynthesis.getVoices(), "zh");
  return [voice.name, voice.lang, voice.localService];
}"""
QUIET = """(s) => new Promise((done) => {
  const at = heard.length;
  setTimeout(() => done(heard.length - at), 1000 * s);
})"""
"""How much is heard within so many seconds."""


@pytest.fixture
def voice(children: Children) -> Iterator[Voice]:
    if voice_missing() or find_chromium() is None:
        pytest.skip(f"no voice here: apt-get install chromium {' '.join(DEBIAN)}")
    given = Voice(children)
    yield given
    given.close()


@pytest.fixture
def speaking(voice: Voice, browser_type: Any) -> Iterator[BrowserContext]:
    browser = browser_type.launch(
        executable_path=find_chromium(),
        headless=False,
        args=["--no-sandbox", "--enable-speech-dispatcher", "--autoplay-policy=no-user-gesture-required"],
        ignore_default_args=["--mute-audio"],
        env={**os.environ, **voice.env},
    )
    yield browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    browser.close()


@pytest.mark.slow
def test_tone_and_place_are_heard_until_somebody_acknowledges(
    web: Programs, voice: Voice, speaking: BrowserContext
) -> None:
    speaking.add_init_script(LISTEN + FOUND)
    web.show(Scene().everything().state)
    wall = Wall(speaking, web.url)
    wait_until(lambda: wall.page.evaluate("() => window.found"), 60, "a calm wall has found the machine's voices")
    assert voice.spoken_s() == 0

    calling = Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND)
    web.alarms(calling.state.alarms)
    wait_until(lambda: {880, 660} <= set(wall.page.evaluate("() => heard")), 20, "both tones are heard")
    wait_until(
        lambda: voice.spoken_s() > 2, 20, "the place is heard with the first tone, not with one half a minute later"
    )
    name, lang, own = wall.page.evaluate(CHOSEN)
    assert (name.startswith("Chinese (Mandarin"), lang, own) == (True, "cmn", True)
    wait_until(lambda: wall.page.evaluate("() => tones.length") >= 6, 10, "the tone comes again")

    wall.page.keyboard.press("m")
    wall.wait("#sound", "已静音 1:58")
    assert wall.page.evaluate(QUIET, 6) == 0, "muted"
    wall.page.keyboard.press("m")
    wait_until(lambda: wall.page.evaluate("() => tones.length") >= 9, 10, "and again when it is no longer muted")

    web.alarms(Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND, "ack").state.alarms)
    wall.page.locator(".alarm-row .badge.ack").first.wait_for()
    wait_until(lambda: wall.page.evaluate(QUIET, 1) == 0, 10, "what had begun is over")
    assert wall.page.evaluate(QUIET, 6) == 0, "acknowledged"
    assert wall.errors == []
