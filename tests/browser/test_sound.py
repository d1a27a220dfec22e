"""What sounds when: the rules as a table without a speaker; then the speaker, its mute, and sound that is held back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import Programs, Wall
from tests.browser.measures import FAINT
from tests.engines.wait import wait_until
from tests.layouts.scenes import SECOND, Scene

ROOT = Path(__file__).resolve().parents[2]

RUN = """([scenes, seconds]) => {
  let memory = SW.quietMemory();
  const heard = [];
  for (let now = 0; now <= 1000 * seconds; now += 250) {
    const scene = scenes.filter(s => 1000 * s.at <= now).reduce((all, s) => ({...all, ...s}), {});
    if (scene.mute && !scene.done) {
      memory = SW.toggleMute(memory, now);
      scenes.find(s => s.mute && !s.done && 1000 * s.at <= now).done = true;
    }
    const alarms = (scene.alarms || []).map(([id, p, began, words]) => [id, p, now - 1000 * began, words || ""]);
    const decided = SW.decideSound(memory, {now, flood: null, lost: false, audible: true, ...scene, alarms});
    memory = decided.memory;
    if (decided.play) heard.push([now / 1000, decided.play + (decided.say ? `: ${decided.say}` : "")]);
  }
  return heard;
}"""
"""Plays scenes (what is the case from `at` seconds on) four times a second, as the page does."""

P1, P1_TOO, P2, P3 = ["a", 1, 1, "甲"], ["b", 1, 8, "乙"], ["c", 2, 1, "丙"], ["d", 3, 1, ""]

CASES: dict[str, tuple[list[dict[str, Any]], int, list[list[Any]]]] = {
    "nothing": ([{"at": 0, "alarms": []}], 60, []),
    "P1 every 5 s, spoken every 30": (
        [{"at": 1, "alarms": [P1]}],
        32,
        [[1, "p1: 甲"], [6, "p1"], [11, "p1"], [16, "p1"], [21, "p1"], [26, "p1"], [31, "p1: 甲"]],
    ),
    "until it is acknowledged": ([{"at": 1, "alarms": [P1]}, {"at": 7, "alarms": []}], 30, [[1, "p1: 甲"], [6, "p1"]]),
    "a second P1 at once and by name": (
        [{"at": 1, "alarms": [P1]}, {"at": 8, "alarms": [P1, P1_TOO]}],
        14,
        [[1, "p1: 甲"], [6, "p1"], [8, "p1: 乙"], [13, "p1"]],
    ),
    "P2 at 0, 30 and 60 s": ([{"at": 1, "alarms": [P2]}], 200, [[1, "p2: 丙"], [31, "p2"], [61, "p2"]]),
    "P3 once": ([{"at": 1, "alarms": [P3]}], 200, [[1, "p3"]]),
    "what came with a P1 follows it, once for all": (
        [{"at": 1, "alarms": [P1, P2, ["e", 2, 1], P3]}, {"at": 5, "alarms": [P2, ["e", 2, 1], P3]}],
        20,
        [[1, "p1: 甲"], [2, "p2: 丙"]],
    ),
    "what stood before the screen was there sounds once": (
        [{"at": 1, "alarms": [["c", 2, -500, "丙"]]}],
        100,
        [[1, "p2: 丙"]],
    ),
    "a lost feed every 15 s": (
        [{"at": 1, "lost": True}, {"at": 40, "lost": False}, {"at": 41, "lost": True}],
        45,
        [[1, "lost"], [16, "lost"], [31, "lost"], [41, "lost"]],
    ),
    "P1 goes on while the feed is lost": (
        [{"at": 1, "alarms": [P1], "lost": True}],
        8,
        [[1, "p1: 甲"], [2, "lost"], [6, "p1"]],
    ),
    "one sound for a flood, then P1 alone": (
        [
            {"at": 1, "flood": 7, "alarms": [["f", 3, 1]]},
            {"at": 3, "flood": 7, "alarms": [P2, ["f", 3, 1], ["g", 3, 3]]},
            {"at": 9, "flood": 7, "alarms": [P1_TOO, P2, ["f", 3, 1], ["g", 3, 3]]},
            {"at": 12, "flood": None, "alarms": [P2, ["f", 3, 1]]},
        ],
        20,
        [[1, "flood"], [9, "p1: 乙"]],
    ),
    "muted for two minutes": (
        [{"at": 1, "alarms": [P1]}, {"at": 3, "mute": True}],
        124,
        [[1, "p1: 甲"], [123, "p1: 甲"]],
    ),
    "what was muted is not made up for": ([{"at": 0, "mute": True}, {"at": 1, "alarms": [P2, P3]}], 200, []),
    "a new P1 breaks the mute": (
        [{"at": 1, "alarms": [P1]}, {"at": 3, "mute": True}, {"at": 8, "alarms": [P1, P1_TOO]}],
        12,
        [[1, "p1: 甲"], [8, "p1: 乙"]],
    ),
    "held back by the browser, heard when it is not": (
        [{"at": 0, "audible": False}, {"at": 1, "alarms": [P2, P3]}, {"at": 20, "audible": True}],
        25,
        [[20, "p2: 丙"]],
    ),
    "raised from P3 to P1": (
        [{"at": 1, "alarms": [["a", 3, 1, ""]]}, {"at": 4, "alarms": [P1]}],
        8,
        [[1, "p3"], [4, "p1: 甲"]],
    ),
}


@pytest.fixture(scope="module")
def rules(browser: Browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(path=ROOT / "assets" / "kiosk" / "sound_rules.js")
    page.add_script_tag(path=ROOT / "assets" / "kiosk" / "spare_rules.js")
    return page


@pytest.mark.parametrize("name", CASES)
def test_what_sounds_when(name: str, rules: Page) -> None:
    scenes, seconds, heard = CASES[name]
    assert rules.evaluate(RUN, [scenes, seconds]) == heard


@pytest.mark.parametrize(
    ("voices", "lang", "chosen"),
    [
        ([("Google 普通话", "zh-CN", False)], "zh", None),  # one that needs the internet is none
        ([("Huihui", "zh-CN", True), ("Google 普通话", "zh-CN", False)], "zh", "Huihui"),
        ([("Mei-Jia", "zh-TW", True), ("Tingting", "zh-CN", True)], "zh", "Tingting"),
        ([("Chinese (Mandarin) espeak-ng", "cmn", True)], "zh", "Chinese (Mandarin) espeak-ng"),
        ([("Sin-ji", "zh_HK", True), ("Mei-Jia", "zh_TW", True)], "zh", "Mei-Jia"),
        ([("Samantha", "en-US", True)], "zh", None),
        ([("Daniel", "en-GB", True), ("Samantha", "en-US", True)], "en", "Samantha"),
    ],
)  # fmt: skip
def test_only_a_voice_of_the_kiosk_speaks(
    voices: list[tuple[str, str, bool]], lang: str, chosen: str | None, rules: Page
) -> None:
    offered = [{"name": name, "lang": tag, "localService": local} for name, tag, local in voices]
    picked = rules.evaluate("([voices, lang]) => SW.pickVoice(voices, lang)", [offered, lang])
    assert (picked and picked["name"]) == chosen


NIGHT, NOON, ZONE = 1_773_327_600_000, 1_773_288_000_000, 480  # 23:00 and 12:00 in Shanghai


@pytest.mark.parametrize(
    ("scene", "before", "after"),
    [
        ({"now": NOON, "rule": 8}, None, {"dim": False, "x": 0, "y": 0}),
        ({"now": NOON + 600_000, "rule": 8}, None, {"dim": False, "x": 2, "y": 0}),
        ({"now": NOON + 1_300_000, "rule": 7}, None, {"dim": False, "x": 2, "y": 2}),
        ({"now": NIGHT, "rule": 8}, None, {"dim": True, "x": 2, "y": 2}),
        ({"now": NIGHT + 7 * 3_600_000, "rule": 8}, None, {"dim": False, "x": 0, "y": 0}),
        ({"now": NIGHT, "rule": 2}, {"dim": True, "x": 2, "y": 2}, {"dim": False, "x": 2, "y": 2}),
        ({"now": NIGHT, "rule": 8, "lost": True}, {"dim": True, "x": 2, "y": 0}, {"dim": False, "x": 2, "y": 0}),
        ({"now": 0, "rule": 0}, None, {"dim": False, "x": 0, "y": 0}),
    ],
)
def test_a_calm_picture_wanders_and_dims_at_night(
    scene: dict[str, Any], before: dict[str, Any] | None, after: dict[str, Any], rules: Page
) -> None:
    asked = {"offsetMin": ZONE, "lost": False, **scene}
    said = "([scene, before]) => before ? SW.spare(scene, before) : SW.spare(scene)"
    assert rules.evaluate(said, [asked, before]) == after


LISTEN = """
  window.tones = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    tones.push(this.frequency.value);
    return start.call(this, at);
  };

  window.heard = [];
  let ear = null;
  const hear = () => {
    const wave = new Float32Array(ear.fftSize), bands = new Float32Array(ear.frequencyBinCount);
    ear.getFloatTimeDomainData(wave);
    if (Math.max(...wave.map(Math.abs)) < 0.1) return;
    ear.getFloatFrequencyData(bands);
    const hertz = (bands.indexOf(Math.max(...bands)) * ear.context.sampleRate) / ear.fftSize;
    heard.push([880, 784, 660, 523, 220, 165].find((tone) => Math.abs(tone - hertz) < 15) || hertz);
  };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      if (!ear) {
        ear = new AnalyserNode(this.context, { fftSize: 4096, smoothingTimeConstant: 0 });
        setInterval(hear, 25);
      }
      connect.call(this, ear);
    }
    return connect.call(this, to, ...rest);
  };
"""
"""Notes what the real audio graph is given (`tones`), and what samples it makes of it (`heard`: Hz of what is loud)."""


def test_a_p1_is_heard_until_it_is_acknowledged_or_muted(web: Programs, kiosk: BrowserContext) -> None:
    kiosk.add_init_script(LISTEN)
    web.show(Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND).state)
    wall = Wall(kiosk, web.url)
    wait_until(lambda: wall.page.evaluate("() => tones.length") >= 3, 10, "three beeps are scheduled")
    assert wall.page.evaluate("() => tones.slice(0, 3)") == [880, 660, 880]
    assert wall.page.locator("#sound").is_hidden()
    wait_until(lambda: {880, 660} <= set(wall.page.evaluate("() => heard")), 10, "and heard")
    wait_until(lambda: wall.page.evaluate("() => tones.length") >= 6, 10, "and again five seconds later")

    wall.page.keyboard.press("m")
    wall.wait("#sound", "已静音 ")
    assert wall.text("#sound") in ("已静音 2:00", "已静音 1:59")
    wall.wait("#sound", "已静音 1:58")  # what had begun is over
    wall.page.evaluate("() => (heard.length = 0)")
    wall.wait("#sound", "已静音 1:56")
    assert wall.page.evaluate("() => heard") == []
    wall.page.mouse.click(700, 500)  # on the plan
    wall.page.locator("#sound").wait_for(state="hidden")
    assert wall.errors == []


VOICE = """
  window.said = [];
  const voice = { name: "Huihui", lang: "zh-CN", localService: true, default: true };
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
  const speak = (what) => said.push([what.text, what.voice.name, what.lang, tones.length]);
  Object.defineProperty(window, "speechSynthesis", { value: { getVoices: () => [voice], cancel: () => {}, speak } });
"""
"""A machine with a Mandarin voice of its own, and how many tones had been given when it was asked to speak."""

MUTED_AT_ONCE = """
  const given = OscillatorNode.prototype.start, key = new KeyboardEvent("keydown", { code: "KeyM", bubbles: true });
  OscillatorNode.prototype.start = function (at) {
    given.call(this, at);
    if (tones.length === 3) setTimeout(() => document.body.dispatchEvent(key));
  };
"""
"""Somebody presses M while the third tone sounds."""


def test_the_place_is_spoken_in_chinese_after_its_tone(web: Programs, kiosk: BrowserContext) -> None:
    kiosk.add_init_script(LISTEN + VOICE)
    web.show(Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND).state)
    wall = Wall(kiosk, web.url)
    spoken = ["紧急，一键报警，5号楼1单元 1 2 0 3 室", "Huihui", "zh-CN", 3]
    wait_until(lambda: wall.page.evaluate("() => said") == [spoken], 10, "three beeps, then who calls and from where")
    wait_until(lambda: wall.page.evaluate("() => tones.length") >= 6, 10, "the tone goes on")
    assert wall.page.evaluate("() => said.length") == 1, "spoken every thirty seconds, not with every tone"
    assert wall.errors == []


def test_a_mute_between_tone_and_voice_holds_for_both(web: Programs, kiosk: BrowserContext) -> None:
    kiosk.add_init_script(LISTEN + VOICE + MUTED_AT_ONCE)
    web.show(Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND).state)
    wall = Wall(kiosk, web.url)
    wall.wait("#sound", "已静音 1:57")
    assert wall.page.evaluate("() => [tones.length, said.length]") == [3, 0]


def test_a_calm_night_is_dim_and_still_readable(web: Programs, kiosk: BrowserContext) -> None:
    web.show(Scene("23:05:00").everything().state)
    wall = Wall(kiosk, web.url)
    wall.page.wait_for_selector("body.night")
    look = "() => getComputedStyle(document.querySelector('.wall'))"
    assert wall.page.evaluate(f"{look}.filter") == "brightness(0.8)"
    assert "px" in wall.page.evaluate(f"{look}.translate"), "it wanders"
    assert wall.page.evaluate(FAINT, 4.5) == []


def test_sound_that_the_browser_holds_back_is_said(
    web: Programs, browser_type: Any, browser_type_launch_args: dict[str, Any]
) -> None:
    args = [*browser_type_launch_args["args"], "--autoplay-policy=document-user-activation-required"]
    browser = browser_type.launch(**{**browser_type_launch_args, "args": args})
    web.show(Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND).state)
    page = browser.new_page(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    page.add_init_script(LISTEN)
    wire = page.context.new_cdp_session(page)

    def ask(code: str) -> Any:
        """Without the touch of a user that Playwright's own `evaluate` counts as."""
        return wire.send("Runtime.evaluate", {"expression": code, "returnByValue": True})["result"].get("value")

    page.goto(f"{web.url}/?lang=zh")
    chip = "(document.querySelector('#sound:not([hidden])') || {}).textContent"
    wait_until(lambda: ask(chip) == "声音未开 · 点一下屏幕", 20, "the wall says that it cannot be heard")
    assert ask("tones.length") == 0
    page.mouse.click(700, 500)
    wait_until(lambda: ask("tones.length") >= 3, 10, "the first touch opens it")
    wait_until(lambda: ask(chip) is None, 10, "and the words go")
    browser.close()


def test_no_cursor_but_for_who_moves_it(web: Programs, kiosk: BrowserContext) -> None:
    web.show(Scene().everything().state)
    wall = Wall(kiosk, web.url)
    cursor = "() => getComputedStyle(document.elementFromPoint(600, 500)).cursor"
    assert wall.page.evaluate(cursor) == "none"
    wall.page.mouse.move(600, 500)
    wait_until(lambda: wall.page.evaluate(cursor) == "default", 5, "it is there when it moves")
    wait_until(lambda: wall.page.evaluate(cursor) == "none", 10, "and gone when it does not")
