"""RemoteStopTransaction goes out once, and never again: repeated, expired, claimed before, killed in between."""

from __future__ import annotations

import asyncio
from typing import Any

import redis
from ocpp.v16 import call
from ocpp.v16.enums import Reason, RemoteStartStopStatus

from store import keys
from tests.engines.wait import wait_until, wait_until_async
from tests.gateways.client import Client, charge_point
from tests.gateways.rig import Rig


async def begin(point: Client, meter_start: int = 0) -> int:
    started = await point.call(
        call.StartTransaction(connector_id=1, id_tag="CARD", meter_start=meter_start, timestamp="2026-03-12T13:14:36Z")
    )
    return int(started.transaction_id)


async def stop(point: Client, transaction_id: int) -> None:
    await point.call(
        call.StopTransaction(
            meter_stop=9, timestamp="2026-03-12T14:14:36Z", transaction_id=transaction_id, reason=Reason.remote
        )
    )


def sent(rig: Rig) -> list[Any]:
    return [e for e in rig.entries() if e.get("direction") == "out"]


def committed(rig: Rig, count: int) -> None:
    """The gateway has read so many orders and will not read them again."""
    with redis.Redis.from_url(rig.server.url) as client:
        last = client.xrange(keys.ACTIONS)[count - 1][0]
        wait_until(lambda: client.hget(keys.READERS, f"{keys.ACTIONS}/gateway") == last, 10, "orders committed")


def test_an_order_goes_out_and_comes_back_as_the_charge_points_own_word(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            transaction_id = await begin(point)
            rig.order("order/1", "EV-03/1")
            await asyncio.wait_for(point.asked.wait(), 5)
            assert point.asked_to_stop == [transaction_id]
            await stop(point, transaction_id)

    asyncio.run(run())
    said = [(e.get("direction", "in"), e["payload"][0], e["payload"][2]) for e in rig.entries() if "action" not in e]
    assert [word for _, _, word in said[:2]] == ["StartTransaction", "RemoteStopTransaction"]
    # the client answers the order and ends its session at once: either may arrive first
    assert all(word in [w for _, _, w in said[2:]] for word in ({"status": "Accepted"}, "StopTransaction"))
    assert [way for way, _, _ in said] == ["in", "out", "in", "in"]
    assert sent(rig)[0]["order"] == "order/1"


def test_an_order_for_the_last_car_does_not_stop_the_next_one(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            gone = await begin(point)
            await stop(point, gone)
            here = await begin(point, meter_start=9)
            rig.order("gone", "EV-03/1", transaction=str(gone), life_s=1.0)
            rig.order("odd", "EV-03/1", transaction="x", life_s=1.0)
            await asyncio.to_thread(committed, rig, 2)
            rig.order("text", "EV-03/1", transaction=str(here))
            rig.order("number", "EV-03/1", transaction=here)
            rig.order("any", "EV-03/1", transaction=None)
            await wait_until_async(lambda: len(point.asked_to_stop) >= 3, 10, "three orders arrive")
            assert point.asked_to_stop == [here] * 3

    asyncio.run(run())
    assert sorted(e["order"] for e in sent(rig)) == ["any", "number", "text"]


def test_a_session_is_started_and_a_plug_let_go_from_the_desk(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            rig.order("free", "EV-03/1", type_="charging.unlock")
            rig.order("begin", "EV-03/1", type_="charging.remote_start")
            await wait_until_async(lambda: len(point.asked_else) >= 2, 10, "both orders arrive")
            assert sorted(point.asked_else) == [("start", 1, "SHOUWANG"), ("unlock", 1, "")]
            await begin(point)
            rig.order("again", "EV-03/1", type_="charging.remote_start", life_s=1.0)  # another car charges there
            await asyncio.to_thread(committed, rig, 3)
            assert len(point.asked_else) == 2

    asyncio.run(run())
    assert sorted(e["order"] for e in sent(rig)) == ["begin", "free"]


def test_the_same_order_twice_is_sent_once(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            transaction_id = await begin(point)
            for _ in range(3):
                rig.order("order/1", "EV-03/1")
            rig.order("order/2", "EV-03/1")
            await wait_until_async(lambda: len(point.asked_to_stop) >= 2, 10, "both orders arrive")
            assert point.asked_to_stop == [transaction_id] * 2

    asyncio.run(run())
    committed(rig, 4)
    assert sorted(e["order"] for e in sent(rig)) == ["order/1", "order/2"]


def test_expired_and_foreign_orders_are_dropped(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            await begin(point)
            rig.order("late", "EV-03/1", life_s=-1)
            rig.order("nobody", "EV-03/7", life_s=0.5)
            rig.order("nonsense", "EV-03")
            rig.order("good", "EV-03/1")
            await asyncio.wait_for(point.asked.wait(), 5)

    asyncio.run(run())
    committed(rig, 4)
    assert [e["order"] for e in sent(rig)] == ["good"]


def test_an_order_waits_for_the_charge_point_to_come(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            transaction_id = await begin(point)
        rig.order("order/1", "EV-03/1")
        rig.order("order/2", "EV-99/1", life_s=1.0)
        committed_yet = rig.entries(keys.ACTIONS)
        assert len(committed_yet) == 2 and not sent(rig)
        async with charge_point(rig.url, "EV-03") as point:
            await asyncio.wait_for(point.asked.wait(), 5)
            assert point.asked_to_stop == [transaction_id]

    asyncio.run(run())


def test_a_claim_of_somebody_else_is_respected(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            await begin(point)
            with redis.Redis.from_url(rig.server.url) as client:
                client.set(keys.claim("lanting", "order/1"), "another gateway")
            rig.order("order/1", "EV-03/1")
            rig.order("order/2", "EV-03/1")
            await asyncio.wait_for(point.asked.wait(), 5)

    asyncio.run(run())
    assert [e["order"] for e in sent(rig)] == ["order/2"]


def test_never_twice_after_kill_9_at_the_worst_moment(rig: Rig) -> None:
    """Killed after the order was sent, before its position was stored and before the charge point answered."""

    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            transaction_id = await begin(point)
            rig.order("order/1", "EV-03/1")
            await asyncio.wait_for(point.asked.wait(), 5)
            rig.kill()
        with redis.Redis.from_url(rig.server.url) as client:
            client.hdel(keys.READERS, f"{keys.ACTIONS}/gateway")
        rig.start()
        async with charge_point(rig.url, "EV-03") as point:
            rig.order("order/2", "EV-03/1")
            await asyncio.wait_for(point.asked.wait(), 5)
            assert point.asked_to_stop == [transaction_id], "order/2 alone"

    asyncio.run(run())
    assert [e["order"] for e in sent(rig)] == ["order/1", "order/2"]


def test_a_refusal_of_the_charge_point_is_recorded_and_not_repeated(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            point.answer = RemoteStartStopStatus.rejected
            await begin(point)
            rig.order("order/1", "EV-03/1")
            refused = [{"status": "Rejected"}]
            await wait_until_async(lambda: any(e["payload"][2:] == refused for e in answers(rig)), 10, "its answer")

    asyncio.run(run())
    committed(rig, 1)
    assert len(sent(rig)) == 1


def answers(rig: Rig) -> list[Any]:
    return [e for e in rig.entries() if isinstance(e["payload"], list) and e["payload"][0] == 3]


def test_orders_wait_while_redis_is_away_and_are_sent_once(rig: Rig) -> None:
    async def run() -> None:
        async with charge_point(rig.url, "EV-03") as point:
            transaction_id = await begin(point)
            rig.server.restart()
            rig.order("order/1", "EV-03/1")
            await asyncio.wait_for(point.asked.wait(), 10)
            assert point.asked_to_stop == [transaction_id]

    asyncio.run(run())
    assert len(sent(rig)) == 1
