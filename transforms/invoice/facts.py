"""What 810s say, as tables: one row an invoice, party, reference, line, and charge. Pure, whole columns.

Money is integer cents (hundredths of the invoice's currency, whatever that is; ``currency`` names it). A quantity or
price is an integer and the number of its decimals, exact as sent.

Places of the 810 (X12 810 in 004010, 004050 and 005010, which agree in what is read here): BIG names and dates it, CUR
its currency, REF its references, N1 its parties, IT1 to SLN a line, TDS the total, SAC after TDS what is charged beside
the lines, CTT the count of lines. A segment belongs to the nearest opener of a loop above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transforms.invoice import decimals
from transforms.x12.together import together

SET = "810"
#: Who imports, by the first of these roles (element 98) that is there: importer, buying party, ultimate consignee,
#: consignee. The importer of record is the consignee, or the buyer, where nobody else is named (19 CFR 101.1).
IMPORTER_ROLES = ("IM", "BY", "UC", "CN")
#: Who sells: selling party, supplier, vendor, manufacturer, issuer of invoice.
SELLER_ROLES = ("SE", "SU", "VN", "MF", "II")
#: Kinds of invoices (BIG07, element 640) whose amounts may be negative.
CREDITS = ("CN", "CR")
#: Prices (IT105, element 639) that are for more than one unit.
PRICED_FOR = {
    **dict.fromkeys(("PN",), 10),
    **dict.fromkeys(("PD", "LD", "RD", "TD", "WD"), 12),
    **dict.fromkeys(("HP", "LC", "QH", "RC", "TC", "WC", "HF"), 100),
    **dict.fromkeys(("TP", "LM", "QS", "RM", "TM", "WM", "TF"), 1_000),
    "TT": 10_000,
    "HT": 100_000,
}
#: Pairs of qualifier and number in IT106 to IT125 (element 235) that have a column of their own.
PRODUCTS = {
    "vendor_part": ("VP", "VN", "VA", "MG"),
    "buyer_part": ("BP", "IN", "PI", "IT"),
    "upc": ("UP", "UK", "EN", "UI"),
    "hts_number": ("HD", "HS"),
    "origin": ("CH",),
    "order_number": ("PO",),
    "order_line": ("PL",),
}
#: References (element 128): entry number (USCS), broker's reference, statement.
ENTRY, BROKER_REFERENCE = "6B", "3Z"
#: SAC01: what lowers the total, and what raises it (element 248). N says that there is none.
ALLOWANCES, CHARGES = ("A", "P", "R"), ("C", "Q", "S")
#: What is found by an index is cut there; X12 allows eighty characters at most.
LONGEST = 200
_PAIRS = [(f"IT1{at:02d}", f"IT1{at + 1:02d}") for at in range(6, 25, 2)]


@dataclass(frozen=True, slots=True)
class Invoices:
    """Tables of the invoices of a document; ``set`` is the row of ``Document.sets``, ``segment`` the segment's row.

    ``header``: a row for each set, in order: ``set segment invoice_number invoice_date purchase_order
    purchase_order_date transaction_type purpose currency currency_stated exchange_rate seller seller_name
    importer_role importer_qualifier importer_identifier total_cents counted_lines lines lines_cents (NA when the
    amount of a line is not known) charges_cents allowances_cents tax_cents``, and the rows ``segment_tds segment_ctt
    segment_cur segment_importer`` (-1 none).
    ``party``: ``set segment line role name qualifier identifier street city state postal_code country``.
    ``reference``: ``set segment line qualifier value description``.
    ``line``: ``set segment line line_id quantity quantity_scale unit price price_scale price_basis amount_cents
    charges_cents vendor_part buyer_part upc hts_number origin order_number order_line description products``
    (``line`` counts from 1, 0 in the other tables is the invoice itself; ``amount_cents`` is quantity times price half
    up, ``charges_cents`` what SAC adds to the line; ``products`` are all pairs as sent) and ``too_large``.
    ``charge``: ``set segment line indicator code amount_cents description`` (``amount_cents`` is negative for an
    allowance; indicator ``T`` is a tax).
    """

    header: pd.DataFrame
    party: pd.DataFrame
    reference: pd.DataFrame
    line: pd.DataFrame
    charge: pd.DataFrame


def invoices(document: Any) -> Invoices:
    """The invoices among the sets of ``document`` that are not rejected (``parsers.x12``)."""
    at = _Places(document)
    line = _lines(at)
    charge = _charges(at, line)
    party, reference = _parties(at, line), _references(at, line)
    line = _lined(at, line, charge, party, reference)
    return Invoices(_header(at, line, charge, party), party, reference, line, charge)


class _Places:
    """Segments of a document, and the opener above each."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.id = document.segments["id"].to_numpy(dtype=object)
        self.set = document.segments["set"].to_numpy(np.int64)
        self._openers: dict[str, np.ndarray] = {}

    def table(self, id: str, elements: int) -> pd.DataFrame:
        """The segments of this id in 810s, with at least so many elements as columns."""
        found = self.document.table(id, SET)
        asked = (f"{id}{n:02d}" for n in range(1, elements + 1))
        names = dict.fromkeys([*found.columns.drop(["segment", "set"]), *asked])
        sent = [found[name] if name in found else pd.Series("", found.index, dtype="str") for name in names]
        return found[["segment", "set"]].assign(**dict(zip(names, together(_kept, sent), strict=True)))

    def above(self, rows: Any, id: str) -> np.ndarray:
        """The nearest segment of this id at or above each row in its set; -1 none."""
        if id not in self._openers:
            self._openers[id] = np.flatnonzero(self.id == id)
        openers, rows = self._openers[id], np.asarray(rows, np.int64)
        if not len(openers):
            return np.full(len(rows), -1)
        place = np.searchsorted(openers, rows, "right") - 1
        found = openers[np.maximum(place, 0)]
        return np.where((place >= 0) & (self.set[found] == self.set[rows]), found, -1)

    def detail(self, rows: Any) -> np.ndarray:
        """The IT1 that each row belongs to; -1 above the lines and after the total."""
        item, total = self.above(rows, "IT1"), self.above(rows, "TDS")
        return np.where(item > total, item, -1)


def _kept(text: pd.Series) -> pd.Series:
    """As the database keeps it: its text holds no NUL, the sign for an unreadable character stands for it."""
    return text.astype("str").str.strip().str.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _lines(at: _Places) -> pd.DataFrame:
    """Lines as IT1 says them; what stands below is joined by :func:`_lined`."""
    it1 = at.table("IT1", 25)
    quantity, price = decimals.parse(it1["IT102"]), decimals.parse(it1["IT104"])
    per = it1["IT105"].map(PRICED_FOR).fillna(1).to_numpy(np.int64)
    free = it1["IT105"].eq("NC").to_numpy() & ~price.known  # no charge
    amount = decimals.cents_of(quantity, price, per)
    amount = amount.mask(free, 0)
    line = pd.DataFrame(
        {
            "set": it1["set"],
            "segment": it1["segment"],
            "line": it1.groupby("set").cumcount().to_numpy(np.int64) + 1,
            "line_id": it1["IT101"],
            "quantity": quantity.column(),
            "quantity_scale": quantity.scale,
            "unit": it1["IT103"],
            "price": price.column(),
            "price_scale": price.scale,
            "price_basis": it1["IT105"],
            "amount_cents": amount.array,
            "too_large": quantity.known & price.known & amount.isna().to_numpy(),
        }
    )
    sent = {pair: set(it1[pair[0]].unique()) - {""} for pair in _PAIRS}
    for name, qualifiers in PRODUCTS.items():
        line[name] = _paired(it1, qualifiers, sent)
    line["products"] = _products(it1, sent)
    return line


Sent = Mapping[tuple[str, str], set[str]]  # the qualifiers that stand in each pair of any line


def _paired(it1: pd.DataFrame, qualifiers: tuple[str, ...], sent: Sent) -> pd.Series:
    """The number behind the first of these qualifiers, in the order of the qualifiers, then of the pairs."""
    found = pd.Series("", it1.index, dtype="str")
    for qualifier in reversed(qualifiers):
        for kind, number in reversed(_PAIRS):
            if qualifier in sent[kind, number]:
                found = it1[number].where(it1[kind].eq(qualifier) & it1[number].ne(""), found)
    return found


def _products(it1: pd.DataFrame, sent: Sent) -> pd.Series:
    """All pairs of a line as ``VP 4711, BP A-1``."""
    told = pd.Series("", it1.index, dtype="str")
    for kind, number in _PAIRS:
        if sent[kind, number]:
            here = it1[kind].ne("") & it1[number].ne("")
            pair = it1[kind] + " " + it1[number]
            comma = pd.Series(", ", it1.index, dtype="str").where(told.ne(""), "")
            told = told.where(~here, told + comma + pair)
    return told


def _number_of(line: pd.DataFrame, item: np.ndarray) -> np.ndarray:
    """The number of the line whose IT1 is ``item``; 0 for -1."""
    place = pd.Index(line["segment"]).get_indexer(item)
    numbers = np.append(line["line"].to_numpy(np.int64), 0)
    return numbers[np.where(item >= 0, place, -1)]


def _charges(at: _Places, line: pd.DataFrame) -> pd.DataFrame:
    """Allowances and charges (SAC) of lines and of the invoice, and its taxes (TXI after the total)."""
    sac = at.table("SAC", 15)
    rows = sac["segment"].to_numpy(np.int64)
    under = at.above(rows, "SLN") > at.detail(rows)  # of a subline, which is part of its line
    cents = decimals.implied(sac["SAC05"]).fillna(0).astype("int64")
    sign = np.where(sac["SAC01"].isin(ALLOWANCES), -1, np.where(sac["SAC01"].isin(CHARGES), 1, 0))
    sacs = pd.DataFrame(
        {
            "set": sac["set"],
            "segment": sac["segment"],
            "line": _number_of(line, at.detail(rows)),
            "indicator": sac["SAC01"],
            "code": sac["SAC02"].where(sac["SAC02"].ne(""), sac["SAC04"]),
            "amount_cents": cents * sign,
            "description": sac["SAC15"],
        }
    )[~under]
    txi = at.table("TXI", 3)
    rows = txi["segment"].to_numpy(np.int64)
    total = at.above(rows, "TDS")
    amount = decimals.parse(txi["TXI02"])
    exact = decimals.cents_of(amount, decimals.parse(pd.Series("1", txi.index, dtype="str")), np.ones(len(txi), int))
    taxes = pd.DataFrame(
        {
            "set": txi["set"],
            "segment": txi["segment"],
            "line": np.zeros(len(txi), np.int64),
            "indicator": pd.Series("T", txi.index, dtype="str"),
            "code": txi["TXI01"],
            "amount_cents": exact.fillna(0).astype("int64"),
            "description": pd.Series("", txi.index, dtype="str"),
        }
    )[(total >= 0) & (at.above(rows, "SAC") < total)]
    return pd.concat([sacs, taxes]).sort_values("segment", kind="stable", ignore_index=True)


def _parties(at: _Places, line: pd.DataFrame) -> pd.DataFrame:
    """The N1 loops of the invoice and of its lines, each with the first address below it."""
    n1 = at.table("N1", 4)
    party = pd.DataFrame(
        {
            "set": n1["set"],
            "segment": n1["segment"],
            "line": _number_of(line, at.detail(n1["segment"])),
            "role": n1["N101"],
            "name": n1["N102"],
            "qualifier": n1["N103"],
            "identifier": n1["N104"],
        }
    )
    of_n3, of_n4 = {"street": "N301"}, {"city": "N401", "state": "N402", "postal_code": "N403", "country": "N404"}
    for id, elements, columns in (("N3", 2, of_n3), ("N4", 4, of_n4)):
        below: pd.DataFrame = at.table(id, elements)
        below["party"] = at.above(below["segment"], "N1")
        below = below.drop_duplicates("party").set_index("party")
        for name, element in columns.items():
            party[name] = _text(party["segment"].map(below[element]))
    return party


def _references(at: _Places, line: pd.DataFrame) -> pd.DataFrame:
    """REF of the invoice and of its lines; not those of a party or a subline."""
    ref = at.table("REF", 3)
    rows = ref["segment"].to_numpy(np.int64)
    item = at.detail(rows)
    inner = np.maximum(at.above(rows, "N1"), at.above(rows, "SLN")) > item
    found = pd.DataFrame(
        {
            "set": ref["set"],
            "segment": ref["segment"],
            "line": _number_of(line, item),
            "qualifier": ref["REF01"],
            "value": ref["REF02"],
            "description": ref["REF03"],
        }
    )[~inner].reset_index(drop=True)
    entry = found["qualifier"].eq(ENTRY)
    plain = found["value"].str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    return found.assign(value=found["value"].where(~entry, plain).str.slice(0, LONGEST))


def _lined(
    at: _Places, line: pd.DataFrame, charge: pd.DataFrame, party: pd.DataFrame, reference: pd.DataFrame
) -> pd.DataFrame:
    """Lines with what stands below IT1: description, charges, origin (N1 MF), order (REF PO), or else the header's."""
    key = ["set", "line"]
    pid = at.table("PID", 5)
    rows = pid["segment"].to_numpy(np.int64)
    item = at.detail(rows)
    said = pid.assign(item=item)[(item >= 0) & ~(at.above(rows, "SLN") > item) & pid["PID05"].ne("").to_numpy()]
    words = said.groupby("item")["PID05"].agg(" ".join)
    line["description"] = _text(line["segment"].map(words))
    added = charge[charge["indicator"].ne("T")].groupby(key)["amount_cents"].sum()
    line["charges_cents"] = _looked_up(line, added, key).fillna(0).astype("int64")
    number = line["hts_number"].str.replace(r"[^0-9]", "", regex=True)
    line["hts_number"] = number.where(number.ne(""), line["hts_number"])
    makers = party[party["role"].eq("MF") & party["country"].ne("")]
    countries = makers.drop_duplicates(key).set_index(key)["country"]
    line["origin"] = _or(line["origin"].str.upper(), _looked_up(line, countries, key))
    orders = reference[reference["qualifier"].eq("PO")].drop_duplicates(key).set_index(key)["value"]
    line["order_number"] = _or(line["order_number"], _looked_up(line, orders, key))
    return line


def _looked_up(line: pd.DataFrame, values: pd.Series, key: list[str]) -> pd.Series:
    """``values`` by set and line, on the rows of ``line``."""
    wanted = pd.MultiIndex.from_frame(line[key])
    return values.reindex(wanted).reset_index(drop=True) if len(values) else pd.Series(pd.NA, line.index)


def _or(text: pd.Series, other: pd.Series) -> pd.Series:
    return text.where(text.ne(""), _text(other))


def _text(values: pd.Series) -> pd.Series:
    """Text that was looked up: blank where nothing was found."""
    return values.astype(object).where(values.notna(), "").astype("str")


def _header(at: _Places, line: pd.DataFrame, charge: pd.DataFrame, party: pd.DataFrame) -> pd.DataFrame:
    big = at.table("BIG", 8).drop_duplicates("set", ignore_index=True)
    sets = big["set"].to_numpy(np.int64)
    cur, tds, ctt = (_first(at, id, n, sets) for id, n in (("CUR", 3), ("TDS", 1), ("CTT", 1)))
    header = pd.DataFrame(
        {
            "set": sets,
            "segment": big["segment"],
            "invoice_number": big["BIG02"].str.upper(),
            "invoice_date": _date(big["BIG01"]),
            "purchase_order": big["BIG04"],
            "purchase_order_date": _date(big["BIG03"]),
            "transaction_type": big["BIG07"],
            "purpose": big["BIG08"],
            "currency": cur["CUR02"].str.upper().where(cur["CUR02"].ne(""), "USD"),
            "currency_stated": cur["CUR02"].ne(""),
            "exchange_rate": cur["CUR03"],
            "total_cents": decimals.implied(tds["TDS01"]).array,
            "counted_lines": decimals.parse(ctt["CTT01"]).column(),
            "segment_tds": tds["segment"],
            "segment_ctt": ctt["segment"],
            "segment_cur": cur["segment"],
        }
    )
    of = line.groupby("set")
    header["lines"] = header["set"].map(of.size()).fillna(0).astype("int64")
    unknown = line.loc[line["amount_cents"].isna(), "set"].unique()
    sums = header["set"].map(of["amount_cents"].sum()).fillna(0).astype("Int64")
    header["lines_cents"] = sums.mask(header["set"].isin(unknown))
    for name, of_kind in (
        ("charges_cents", (charge["amount_cents"] > 0) & charge["indicator"].ne("T")),
        ("allowances_cents", charge["amount_cents"] < 0),
        ("tax_cents", charge["indicator"].eq("T")),
    ):
        added = charge[of_kind].groupby("set")["amount_cents"].sum()
        header[name] = header["set"].map(added).fillna(0).astype("int64")
    header["allowances_cents"] = -header["allowances_cents"]
    return _with_parties(header, party)


def _with_parties(header: pd.DataFrame, party: pd.DataFrame) -> pd.DataFrame:
    """Who imports and who sells, of the parties of the whole invoice."""
    whole = party[party["line"].eq(0)]
    importer, seller = (_role(whole, roles, header["set"]) for roles in (IMPORTER_ROLES, SELLER_ROLES))
    name = seller["name"].str.upper().str.replace(r"\s+", " ", regex=True).str.strip()
    by_number = seller["qualifier"] + ":" + seller["identifier"].str.upper()
    key = by_number.where(seller["identifier"].ne(""), ("name:" + name).where(name.ne(""), ""))
    return header.assign(
        seller=key.str.slice(0, LONGEST).to_numpy(),
        seller_name=seller["name"].to_numpy(),
        importer_role=importer["role"].to_numpy(),
        importer_name=importer["name"].to_numpy(),
        importer_qualifier=importer["qualifier"].to_numpy(),
        importer_identifier=importer["identifier"].to_numpy(),
        segment_importer=importer["segment"].to_numpy(),
    )


def _role(party: pd.DataFrame, roles: tuple[str, ...], sets: pd.Series) -> pd.DataFrame:
    """Of each set the party of the first role that is there, one with a number before one without."""
    order: Mapping[str, int] = {role: n for n, role in enumerate(roles)}
    of = party[party["role"].isin(roles)]
    rank = of["role"].map(order).to_numpy(np.int64)
    chosen = of.assign(rank=rank, bare=of["identifier"].eq("")).sort_values(["set", "rank", "bare", "segment"])
    chosen = chosen.drop_duplicates("set").set_index("set").reindex(sets)
    text = ["role", "name", "qualifier", "identifier"]
    chosen[text] = chosen[text].fillna("").astype("str")
    chosen["segment"] = chosen["segment"].fillna(-1).astype("int64")
    return chosen.reset_index(drop=True)


def _first(at: _Places, id: str, elements: int, sets: np.ndarray) -> pd.DataFrame:
    """The first segment of this id in each set, outside its lines; blanks and segment -1 where there is none."""
    found = at.table(id, elements)
    found = found[at.detail(found["segment"]) < 0].drop_duplicates("set").set_index("set").reindex(sets)
    text = [name for name in found.columns if name != "segment"]
    found[text] = found[text].fillna("").astype("str")
    return found.assign(segment=found["segment"].fillna(-1).astype("int64")).reset_index(drop=True)


def _date(text: pd.Series) -> pd.Series:
    """Dates as CCYYMMDD (element 373); NaT where there is none, or no such day."""
    plain = text.where(text.str.fullmatch(r"[0-9]{8}"))
    return pd.to_datetime(plain, format="%Y%m%d", errors="coerce").astype("datetime64[s]")
