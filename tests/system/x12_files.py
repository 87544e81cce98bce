"""X12 files for the tests of the whole way: one interchange of one group, with what a test wants to be different."""

from __future__ import annotations

from collections.abc import Sequence

SHIPMENT = """\
BA1*N*1*10*MX*{reference}*21224**MD**ABCD**SEA STAR
YNQ*RZ*N
DTM*274*20260917
P5*L*D*1303
P5*D*K*20195
REF*BN*25039614
M12*70***N
N1*EX*ACME EXPORT INC*24*12345678900
N2*MARK DOE*4105550100
N3*1100 DOCK ROAD
N4*COLUMBIA*MD*21044*US
N1*CN*ACME MEXICO SA
N3*AV. CENTRAL 1
N4*TOLUCA**52600*MX
L13*B*3907200000*KG*17600*10*26518*1***K*18924*POLYETHERS IN TOTES*OS*1
X1**NLR*****C33**D*******EAR99"""
INVOICE = """\
BIG*20260901*{reference}*20260801*PO-77***DI*00
CUR*SE*USD
N1*SU*LIEFERANT GMBH*92*S1
N3*WEG 1
N4*BREMEN**28195*DE
N1*BY*IMPORTER INC*24*{importer}
IT1*1*1000*EA*0.625**VP*ABC-1*HD*7318152065*CH*DE*PO*PO-77
PID*F****STEEL BOLTS M8
TDS*62500
CTT*1"""
#: GS01 of a set.
GROUPS = {"601": "SE", "810": "IN", "997": "FA", "999": "FA", "824": "AG", "850": "PO"}


def shipment(reference: str = "SRN-1") -> str:
    return SHIPMENT.format(reference=reference)


def invoice(reference: str = "INV-1", importer: str = "12-345678900") -> str:
    return INVOICE.format(reference=reference, importer=importer)


def interchange(
    *sets: tuple[str, str],
    number: int = 1,
    group: int | None = None,
    first: int = 1,
    sender: str = "ACME",
    qualifier: str = "ZZ",
    receiver: str = "TIDEWAITER",
    release: str = "004010",
    usage: str = "P",
    asked: int = 0,
    notes: Sequence[str] = (),
) -> bytes:
    """An interchange of ``sets`` (set identifier, segments), all in one group; of ``notes`` alone without any.
    ``first`` is the number of the first set, ``group`` that of the group (the interchange's, if not given)."""
    version = "00401" if release < "005010" else "00501"
    between = "U" if version == "00401" else "^"
    isa = f"ISA*00*{'':10}*00*{'':10}*{qualifier}*{sender:15}*ZZ*{receiver:15}*260915*1200"
    lines = [f"{isa}*{between}*{version}*{number:09}*{asked}*{usage}*>", *notes]
    if sets:
        own = number if group is None else group
        lines.append(f"GS*{GROUPS[sets[0][0]]}*{sender}*{receiver}*20260915*1200*{own}*X*{release}")
        for at, (set_id, body) in enumerate(sets, first):
            segments = body.split("\n")
            lines += [f"ST*{set_id}*{at:04}", *segments, f"SE*{len(segments) + 2}*{at:04}"]
        lines.append(f"GE*{len(sets)}*{own}")
    lines.append(f"IEA*{int(bool(sets))}*{number:09}")
    return "~\n".join(lines).encode() + b"~\n"


def segments(body: bytes, *wanted: str) -> list[str]:
    """The segments of an answer (terminated by ``~``), or those of some identifiers."""
    found = [line.strip() for line in body.decode().split("~")]
    return [line for line in found if line and (not wanted or line.split("*")[0] in wanted)]
