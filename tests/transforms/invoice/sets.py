"""810s for tests: as their segments, and as the document that reading gives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd

#: An invoice whose total ties: two lines, freight, an allowance.
PLAIN = """
BIG*20260901*INV-1*20260815*PO-77***DI*00
CUR*SE*USD
REF*6B*AB1-1234567-8
REF*3Z*S0042
N1*IM*Cedar Foods*24*12-3456789
N1*SE*Guangzhou Tools Ltd*1*123456789
N3*8 Dock Road
N4*Guangzhou**510000*CN
IT1*1*10*EA*12.5**VP*V-1*BP*B-1*HD*8471.30.0100*CH*CN
PID*F****Portable computers
IT1*2*3.5*KG*2.01**HD*0201305055*CH*AU
SAC*C*D240***1500**********FREIGHT
TDS*14704
SAC*C*D240***2000**********FREIGHT
SAC*A*C310***2000
CTT*2
"""


def document(*sets: str) -> Any:
    """What reading gives for these 810s (bodies without ST and SE), as far as desks use it."""
    rows, found = [], []
    for number, body in enumerate(sets):
        lines = ["ST*810*0001", *body.strip().splitlines(), "SE*1*0001"]
        found.append({"set_id": "810", "status": "A", "control_number": f"{number + 1:04d}", "interchange": 0})
        rows += [(number, *line.split("*")) for line in lines]
    segments = pd.DataFrame({"set": [r[0] for r in rows], "id": pd.Series([r[1] for r in rows], dtype="str")})
    segments["position"] = segments.groupby("set").cumcount() + 1

    def table(id: str, set_id: str = "") -> pd.DataFrame:
        at = [n for n, row in enumerate(rows) if row[1] == id]
        most = max((len(rows[n]) - 2 for n in at), default=0)
        columns = {
            f"{id}{k:02d}": pd.Series([rows[n][k + 1] if len(rows[n]) > k + 1 else "" for n in at], dtype="str")
            for k in range(1, most + 1)
        }
        where = {"segment": pd.Series(at, dtype="int64"), "set": pd.Series([rows[n][0] for n in at], dtype="int64")}
        return pd.DataFrame(where | columns)

    return SimpleNamespace(
        segments=segments,
        sets=pd.DataFrame(found, columns=["set_id", "status", "control_number", "interchange"]),
        table=table,
    )
