"""How the goods leave: mode, carrier, conveyance, ports, the carrier's own reference."""

from __future__ import annotations

from transforms.export import lists
from transforms.export.facts import Exports
from transforms.export.registry import WHOLE, Mask, World, rule


@rule(
    "105",
    on="shipment",
    at="mode",
    why="the mode of transport is one of the codes 10 to 70",
    mend="give the mode in which the goods leave the country",
    source="15 CFR 30.6(a)(6)",
    needs=("modes",),
)
def mode_unknown(x: Exports, world: World) -> Mask:
    return ~x.shipment["mode"].isin(world.ref["modes"]["code"])


@rule(
    "118",
    on="shipment",
    at="carrier",
    why="goods by vessel, rail, truck or air are told with their carrier",
    mend="give the carrier's SCAC, by air its IATA code",
    source="15 CFR 30.6(a)(8)",
    actions=WHOLE,
)
def carrier_missing(x: Exports, world: World) -> Mask:
    return x.shipment["mode"].isin(lists.CARRIED) & (x.shipment["carrier"] == "")


@rule(
    "T12",
    on="shipment",
    at="carrier",
    why="a carrier is known by two to four letters (SCAC), by air by two or three letters or digits (IATA)",
    mend="correct the carrier's code",
    source="15 CFR 30.6(a)(8)",
)
def carrier_format(x: Exports, world: World) -> Mask:
    carrier, mode = x.shipment["carrier"], x.shipment["mode"]
    by_air = mode.isin(lists.AIR)
    good = carrier.str.fullmatch("[A-Z]{2,4}").where(~by_air, carrier.str.fullmatch("[A-Z0-9]{2,3}"))
    return mode.isin(lists.CARRIED) & (carrier != "") & ~good


@rule(
    "123",
    on="shipment",
    at="conveyance",
    why="by vessel the name of the vessel is told, by rail, truck or air the name of the carrier",
    mend="give the name in BA112",
    source="15 CFR 30.6(a)(7)",
    actions=WHOLE,
)
def conveyance_missing(x: Exports, world: World) -> Mask:
    return x.shipment["mode"].isin(lists.CARRIED) & (x.shipment["conveyance"] == "")


@rule(
    "126",
    on="shipment",
    at="conveyance",
    why="by mail, by hand or through a pipeline there is no conveyance to name",
    mend="leave BA112 blank, or correct the mode",
    source="15 CFR 30.6(a)(7)",
)
def conveyance_not_allowed(x: Exports, world: World) -> Mask:
    return x.shipment["mode"].isin(["50", "60", "70"]) & (x.shipment["conveyance"] != "")


@rule(
    "T13",
    on="shipment",
    at="port_of_export",
    why="a filing names the port where the goods leave the country",
    mend="give the Schedule D code of the port in a P5 segment with function L",
    source="15 CFR 30.6(a)(9)",
    actions=WHOLE,
)
def export_port_missing(x: Exports, world: World) -> Mask:
    return x.shipment["port_of_export"] == ""


@rule(
    "128",
    on="shipment",
    at="port_of_export",
    why="the port of export is a port of Schedule D",
    mend="correct the code of the port",
    source="15 CFR 30.6(a)(9)",
    needs=("ports",),
)
def export_port_unknown(x: Exports, world: World) -> Mask:
    port = x.shipment["port_of_export"]
    return (port != "") & ~port.isin(world.ref["ports"]["port_code"])


@rule(
    "T58",
    on="shipment",
    at="port_of_export",
    why="goods by vessel or rail do not leave from an airport or a courier's hub (kinds of the port table)",
    mend="correct the port or the mode, if one of them is mistaken; the filing stands",
    source="of this system, on 15 CFR 30.6(a)(6) and (9)",
    needs=("ports",),
)
def export_port_and_mode(x: Exports, world: World) -> Mask:
    ports = world.ref["ports"]
    by_air_alone = ports.loc[ports["kind"].isin(lists.AIR_PORTS), "port_code"]
    return x.shipment["mode"].isin([*lists.VESSEL, *lists.RAIL]) & x.shipment["port_of_export"].isin(by_air_alone)


@rule(
    "138",
    on="shipment",
    at="port_of_unlading",
    why="goods by vessel, and goods by air to Puerto Rico, are told with the port where they are unladen",
    mend="give the port in a P5 segment with function D",
    source="15 CFR 30.6(b)(4)",
    actions=WHOLE,
)
def unlading_port_missing(x: Exports, world: World) -> Mask:
    mode, destination = x.shipment["mode"], x.shipment["destination"]
    asked = mode.isin(lists.VESSEL) | (mode.isin(lists.AIR) & destination.isin(["PR", "US"]))
    return asked & (x.shipment["port_of_unlading"] == "")


@rule(
    "T14",
    on="shipment",
    at="port_of_unlading",
    why="a foreign port is known by five digits of Schedule K",
    mend="correct the code of the port",
    source="15 CFR 30.6(b)(4)",
)
def unlading_port_format(x: Exports, world: World) -> Mask:
    port = x.shipment["port_of_unlading"]
    foreign = ~x.shipment["destination"].isin(["PR", "US"])
    return x.shipment["mode"].isin(lists.VESSEL) & foreign & (port != "") & ~port.str.fullmatch(r"\d{5}")


@rule(
    "T59",
    on="shipment",
    at="port_of_unlading",
    why="the foreign port is a port of Schedule K, as it was loaded",
    mend="look the port up, if it is mistaken; the filing stands",
    source="of this system, on 15 CFR 30.6(b)(4)",
    needs=("foreign_ports",),
)
def unlading_port_unknown(x: Exports, world: World) -> Mask:
    port = x.shipment["port_of_unlading"]
    foreign = ~x.shipment["destination"].isin(["PR", "US"]) & x.shipment["mode"].isin(lists.VESSEL)
    return foreign & port.str.fullmatch(r"\d{5}") & ~port.isin(world.ref["foreign_ports"]["port_code"])


@rule(
    "146",
    on="shipment",
    at="port_of_unlading",
    why="goods by vessel or air to Puerto Rico are unladen at a port of Puerto Rico",
    mend="give a Schedule D port of district 49",
    source="15 CFR 30.6(b)(4)",
)
def puerto_rico_port(x: Exports, world: World) -> Mask:
    port, mode = x.shipment["port_of_unlading"], x.shipment["mode"]
    return (
        (x.shipment["destination"] == "PR")
        & mode.isin([*lists.VESSEL, *lists.AIR])
        & (port != "")
        & ~port.str.fullmatch(r"49\d\d")
    )


@rule(
    "T15",
    on="shipment",
    at="transport_reference",
    why="goods by vessel are told with the booking number",
    mend="give it in a REF segment with qualifier BN",
    source="15 CFR 30.6(b)(14)",
    actions=WHOLE,
)
def booking_missing(x: Exports, world: World) -> Mask:
    return x.shipment["mode"].isin(lists.VESSEL) & (x.shipment["transport_reference"] == "")
