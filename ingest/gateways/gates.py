"""The connections of an installation as gates: what runs beside the charge points' in the gateway process.

A way's module is imported only where a connection uses it: no installation pays for the clients of all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

from community.site import Site
from ingest.actions import Handler
from ingest.gateways.inlet import Gate, Inlet
from ingest.gateways.outlet import Sending
from ingest.ways import Called, Connection, Dahua, Files, Gb28181, Http, Isapi, Kafka, Modbus, Mqtt, Ocpp, Onvif, Way


def gates_of(connections: Sequence[Connection], inlet_of: Callable[[Way], Inlet], var: Path) -> list[Gate]:
    """Of every way but the charge points', which the gateway has in any case."""
    gates: list[Gate] = []
    for listen in dict.fromkeys(c.listen for c in connections if isinstance(c, Http)):
        from ingest.gateways.http import Door, HttpGate

        doors = [Door(c, inlet_of(c)) for c in connections if isinstance(c, Http) and c.listen == listen]
        gates.append(HttpGate(listen, doors))
    gates += (_client(c, inlet_of(c), var) for c in connections if not isinstance(c, Http | Ocpp))
    return gates


def _client(connection: Connection, inlet: Inlet, var: Path) -> Gate:
    match connection:
        case Mqtt():
            from ingest.gateways.mqtt import MqttGate

            return MqttGate(connection, inlet)
        case Isapi() | Dahua():
            from ingest.gateways.recorder import RecorderGate

            return RecorderGate(connection, inlet)
        case Onvif():
            from ingest.gateways.onvif import OnvifGate

            return OnvifGate(connection, inlet)
        case Gb28181():
            from ingest.gateways.gb28181 import GbGate

            return GbGate(connection, inlet, var)
        case Files():
            from ingest.gateways.files import FilesGate

            return FilesGate(connection, inlet, var)
        case Kafka():
            from ingest.gateways.kafka import KafkaGate

            return KafkaGate(connection, inlet)
        case Modbus():
            from ingest.gateways.modbus import ModbusGate

            return ModbusGate(connection, inlet)
    raise TypeError(f"no gate for {type(connection).__name__}")


def shown(
    connections: Sequence[Connection], sites: Callable[[], Mapping[str, Site]], socket: Path
) -> list[Awaitable[None]]:
    """Their live pictures, on a socket; nothing where no connection has any."""
    if not any(isinstance(c, Called) and c.video for c in connections):
        return []
    from ingest.gateways.film import CalledFilm
    from ingest.gateways.showing import Showing

    return [Showing(CalledFilm(connections, sites)).run(socket)]


def outlets_of(gates: Sequence[Gate]) -> list[Handler]:
    """The orders that go out through these gates, one for each connection that has some."""
    found: list[Handler] = []
    for gate in gates:
        found += gate.outlets() if isinstance(gate, Sending) else []
    return found


def feeds_up(gates: Iterable[Gate]) -> list[tuple[str, str, str]]:
    """(source, community, feed) of every feed that one way at least would hear now."""
    up = ((way.source, way.community, way.feed) for gate in gates for way in gate.ways if gate.is_up(way))
    return list(dict.fromkeys(up))
