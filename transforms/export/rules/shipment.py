"""The shipment as a whole: its reference, what is asked of us, where it goes, the questions answered by yes or no."""

from __future__ import annotations

from transforms.export import lists
from transforms.export.facts import Exports
from transforms.export.registry import ANY, WHOLE, Mask, World, rule


@rule(
    "T02",
    on="shipment",
    at="action_code",
    why="BA102 says what is to be done: 1 adds, RX replaces, 2 changes, C cancels",
    mend="send one of these codes",
    source="AESTIR II-1(a), shipment filing action request indicator",
    actions=ANY,
)
def action_unknown(x: Exports, world: World) -> Mask:
    return x.shipment["action"] == ""


@rule(
    "T03",
    on="shipment",
    at="reference",
    why="a shipment reference number has at most 17 characters",
    mend="use a shorter number, and the same one in every message about the shipment",
    source="15 CFR 30.6(a)(19)",
    actions=ANY,
)
def reference_too_long(x: Exports, world: World) -> Mask:
    return x.shipment["reference"].str.len() > 17


@rule(
    "107",
    on="shipment",
    at="destination",
    why="the country of ultimate destination is a country by its ISO code of two letters",
    mend="give the code of the country where the goods are consumed, further processed or stored",
    source="15 CFR 30.6(a)(5)",
    needs=("countries",),
)
def destination_unknown(x: Exports, world: World) -> Mask:
    destination = x.shipment["destination"]
    return ~destination.isin(world.ref["countries"]["iso"]) & ~destination.isin([*lists.DOMESTIC, *lists.POSSESSIONS])


@rule(
    "T10",
    on="shipment",
    at="destination",
    why="goods are exported to a foreign country; the United States are a destination of goods from Puerto Rico only",
    mend="correct the country of ultimate destination or the state of origin",
    source="15 CFR 30.2(a)(1)",
)
def destination_domestic(x: Exports, world: World) -> Mask:
    destination, state = x.shipment["destination"], x.shipment["origin_state"]
    return ((destination == "US") & (state != "PR")) | ((destination == "PR") & (state == "PR"))


@rule(
    "T19",
    on="shipment",
    at="destination",
    why="goods to a possession of the United States other than the Virgin Islands need no filing",
    mend="nothing, unless the destination is wrong",
    source="15 CFR 30.2(d)(2)",
)
def to_a_possession(x: Exports, world: World) -> Mask:
    return x.shipment["destination"].isin(lists.POSSESSIONS)


@rule(
    "110",
    on="shipment",
    at="origin_state",
    why="the state of origin is a state, the District or a territory by its postal code",
    mend="give the two letters of the state where the goods began their journey",
    source="15 CFR 30.6(a)(4)",
)
def state_unknown(x: Exports, world: World) -> Mask:
    return (x.shipment["origin_state"] != "") & ~x.shipment["origin_state"].isin(lists.STATES)


@rule(
    "T11",
    on="shipment",
    at="origin_state",
    why="a filing names the state where the goods began their journey to the port of export",
    mend="give its two letters in BA108",
    source="15 CFR 30.6(a)(4)",
    actions=WHOLE,
)
def state_missing(x: Exports, world: World) -> Mask:
    return x.shipment["origin_state"] == ""


@rule(
    "T18",
    on="shipment",
    at="related",
    why="BA101 says whether exporter and consignee are related: Y or R, else N",
    mend="say Y when one owns ten percent of the other, else N",
    source="15 CFR 30.6(a)(10)",
)
def related_unknown(x: Exports, world: World) -> Mask:
    return lists.meant(x.shipment["related"], "related") == ""


@rule(
    "147",
    on="shipment",
    at="routed",
    why="a filing says whether the foreign party had the goods exported (a routed export transaction)",
    mend="say Y or N in M1204",
    source="15 CFR 30.6(a)(24)",
    actions=WHOLE,
)
def routed_missing(x: Exports, world: World) -> Mask:
    return (x.shipment["routed"] == "") & ~x.shipment["unknown_question"]


@rule(
    "T17",
    on="shipment",
    at="hazardous",
    why="a filing says whether there are hazardous goods in the shipment",
    mend="answer the question RZ by Y or N in a YNQ segment",
    source="15 CFR 30.6(a)(21)",
    actions=WHOLE,
)
def hazardous_missing(x: Exports, world: World) -> Mask:
    return (x.shipment["hazardous"] == "") & ~x.shipment["unknown_question"]


@rule(
    "T16",
    on="question",
    at="answer",
    why="a question is answered by Y or N",
    mend="answer Y or N",
    source="15 CFR 30.6(a)(21)",
)
def answer_unclear(x: Exports, world: World) -> Mask:
    return (lists.meant(x.question["question"], "question") != "") & ~x.question["answer"].isin(["Y", "N"])


@rule(
    "T16",
    on="inbond",
    at="routed",
    why="a transaction is routed (Y) or not (N)",
    mend="say Y or N in M1204",
    source="15 CFR 30.6(a)(24)",
)
def routed_unclear(x: Exports, world: World) -> Mask:
    return ~x.inbond["routed"].isin(["Y", "N", ""])


@rule(
    "T32",
    on="inbond",
    at="code",
    why="an in-bond code is 36, 37, 67 or 68, or 70 for goods that are not in bond",
    mend="give the code of the withdrawal or zone, or 70",
    source="15 CFR 30.6(a)(22)",
)
def inbond_unknown(x: Exports, world: World) -> Mask:
    return ~x.inbond["code"].isin([*lists.IN_BOND, lists.NOT_IN_BOND])


@rule(
    "T33",
    on="inbond",
    at="entry_number",
    why="goods that leave in bond are told with the number of their import entry",
    mend="give the entry number in M1202",
    source="15 CFR 30.6(b)(11)",
)
def entry_number_missing(x: Exports, world: World) -> Mask:
    return x.inbond["code"].isin(lists.IN_BOND) & (x.inbond["entry_number"] == "")


@rule(
    "077",
    on="shipment",
    at="reference",
    why="a shipment has at least one commodity line",
    mend="send an L13 segment for each commodity",
    source="15 CFR 30.6(a)(12)",
    actions=WHOLE,
)
def no_line(x: Exports, world: World) -> Mask:
    return ~x.any_of("commodity", [True] * len(x.commodity))
