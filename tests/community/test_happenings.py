"""Happenings remembered, whether they come in order, late, twice, or after a step back to an older state."""

from __future__ import annotations

from random import Random

from community.systems.happenings import Happening, as_strip, inscribed, known, read_strip, remember


def looked_at(held: list[Happening], happening: Happening, most: int) -> list[Happening]:
    return held if any(one[1] == happening[1] for one in held) else sorted([*held, happening])[-most:]


def test_what_is_remembered_is_what_sorting_all_of_it_would_keep() -> None:
    for seed in range(40):
        dice = Random(seed)
        most = dice.choice((8, 16, 24, 25, 64))
        held: list[Happening] = []
        before = [held]
        for number in range(400):
            if dice.random() < 0.05:  # what was folded is thrown away, and folded again from an older state
                held = dice.choice(before[-9:])
            late = dice.choice((0, 0, 0, 0, 500, 9_000))
            id_ = f"p-{number - dice.choice((0, 0, 0, 1, 7, 40, 90))}"
            happening = [number * 100 - late, id_, "card"]
            asked = dice.choice(before)
            assert known(asked, id_) == any(one[1] == id_ for one in asked)
            found = remember(held, happening, most)
            assert found == looked_at(held, happening, most)
            assert known(found, id_) == any(one[1] == id_ for one in found)
            held = found
            before.append(found)


def test_a_list_in_which_an_id_stands_twice_knows_it() -> None:
    held: list[Happening] = [[n, f"p-{n // 2}"] for n in range(60)]
    now = remember(held, [99, "p-x"], 60)
    assert known(now, "p-0") and known(now, "p-x") and not known(now, "p-y")
    assert remember(now, [100, "p-29"], 60) == now


IDS = ("p-1", 'a"b', 'a",7]', "\\", '\\"', "门-1", "],[", "", "\x00\n", 'x","y"]')


def test_a_strip_holds_at_least_the_newest_as_a_list_does() -> None:
    for seed in range(40):
        dice = Random(seed)
        least = dice.choice((2, 16, 64))
        strip, all_of_it = "", dict[str, int]()
        for number in range(400):
            id_ = dice.choice(IDS) + str(number - dice.choice((0, 0, 0, 1, 7, 40)))
            at_ms = number * 100 - dice.choice((0, 0, 0, 500, 9_000))
            held = read_strip(strip)
            known_to_it = known(held, id_)
            now = inscribed(strip, at_ms, id_, least)
            assert (now == strip) == known_to_it
            if not known_to_it:
                all_of_it[id_] = at_ms
                assert [at_ms, id_] in read_strip(now) or len(held) >= least and [at_ms, id_] < held[-least]
            strip = now
            assert len(strip) < 2 * 96 * least
        told = sorted([ms, id_] for id_, ms in all_of_it.items())
        assert set(map(tuple, read_strip(strip))) <= set(map(tuple, told))
        assert read_strip(as_strip(read_strip(strip))) == read_strip(strip)


def test_ids_that_look_like_the_end_of_another_are_told_apart() -> None:
    strip = ""
    for number, id_ in enumerate(IDS):
        assert inscribed(strip, number, id_, 64) != strip
        strip = inscribed(strip, number, id_, 64)
    assert [id_ for _, id_ in read_strip(strip)] == list(IDS)
