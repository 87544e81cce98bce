"""Invoice lines beside declared lines: what the invoice says against what the broker declared.

An invoice and an entry summary are *linked* when the invoice names the entry (REF 6B), a line of the entry names the
invoice (record 42), or both name the same broker reference (REF 3Z). The lines of linked invoices and entries are
compared together, in these steps; a line is used once:

1. *said so*   record 42 gives the invoice and a range that holds the line (CATAIR AE, usage note t). Several invoice
   lines may stand in one declared line.
2. *the same*  a line and a declared line of the same tariff number (six digits at least) and the same value, one to
   one, the best score first.
3. *summed*    two or more lines of one tariff number and origin, of which only one declared line is left: together,
   when their sum is the declared value (or, where values cannot be compared, the declared quantity).
4. *alike*     what is left, one to one, the best score first, when the tariff number agrees in six digits, or the
   value does. These differ in something.
5. *left over* further lines of the tariff number and origin of a declared line of step 4, when all of them together
   bring the sum nearer to the declared value.

The score of a pair: tariff number 32 when equal as far as the invoice gives it, 16 for eight digits, 8 for six; value
equal 24; quantity equal in a common unit 12; country of origin equal 4; description equal 4; the same place in the
list 2. Ties go to the nearer value, then to the earlier invoice, line, entry and declared line: the same tables give
the same answer.

Each invoice line ends as ``matched`` (with a declared line, and nothing differs), ``different`` (in the fields
``value``, ``quantity``, ``hts``, ``origin``) or ``missing`` (invoiced, not declared). Declared lines of linked entries
that no invoice line fell to are ``uninvoiced``. Values are compared in US dollars only, and with less than a dollar's
difference are equal, since entered value is whole dollars; quantities with less than one of the declared unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from transforms.invoice import quantities

#: Cents below which a value and its declaration in whole dollars are the same.
DOLLAR = 100
#: The longest invoice number that record 42 holds.
NUMBER = 17
EXACT, EIGHT, SIX, VALUE, QUANTITY, ORIGIN, DESCRIPTION, PLACE = 32, 16, 8, 24, 12, 4, 4, 2
#: The order of fields in ``differences``.
FIELDS = ("value", "quantity", "hts", "origin")
STATES = ("matched", "different", "missing", "uninvoiced")
#: A row for each invoice line, and for each uninvoiced line (``invoice_id`` -1): the declared line is ``version_id``
#: (-1 none) and ``declared_line``; ``differences`` are fields with blanks between; ``invoiced_cents`` is what the
#: invoice lines in the declared line add up to and ``invoiced_lines`` how many they are; ``difference_cents`` is
#: invoiced less declared, NA when not compared.
MATCH = {
    "invoice_id": "int64",
    "line": "int64",
    "version_id": "int64",
    "declared_line": "int64",
    "state": "str",
    "step": "int64",
    "score": "int64",
    "differences": "str",
    "invoiced_lines": "int64",
    "invoiced_cents": "Int64",
    "declared_cents": "Int64",
    "difference_cents": "Int64",
}


class Declared(NamedTuple):
    """Facts of the entry versions: ``line`` (``version_id line origin description``), ``tariff`` (``version_id line
    tariff hts_number value_cents quantity_1 unit_1 quantity_2 unit_2``), ``reference`` (``version_id line record
    invoice_number``, record 42) and ``range`` (``version_id record begin end``)."""

    line: pd.DataFrame
    tariff: pd.DataFrame
    reference: pd.DataFrame
    range: pd.DataFrame


def number(text: pd.Series) -> pd.Series:
    """Invoice numbers as record 42 can hold them: letters, digits and hyphens, seventeen at most."""
    return text.str.upper().str.replace(r"[^A-Z0-9-]", "", regex=True).str.slice(0, NUMBER)


def match(invoice: pd.DataFrame, line: pd.DataFrame, link: pd.DataFrame, declared: Declared) -> pd.DataFrame:
    """A row for every invoice line and every uninvoiced declared line (:data:`MATCH`).

    ``invoice``: ``invoice_id invoice_number currency``. ``line``: ``invoice_id line amount_cents charges_cents quantity
    quantity_scale unit hts_number origin description``. ``link``: ``invoice_id version_id``, each pair once.
    """
    invoice, line = invoice.astype({"invoice_id": "int64"}), line.astype({"invoice_id": "int64", "line": "int64"})
    link = link.astype({"invoice_id": "int64", "version_id": "int64"})
    ours = _invoiced(invoice, line)
    if not len(link):  # as most invoices come: before their entry
        alone = ours[["invoice_id", "line"]].assign(state="missing", differences="", invoiced_cents=ours["cents"])
        return _whole(alone)
    theirs = _declared(declared)
    pairs = _pairs(ours, theirs, link, declared.tariff)
    taken = _Taken(ours, theirs, pairs)
    taken.said_so(invoice, declared)
    taken.one_to_one(2, pairs[(pairs["hts"] > 0) & pairs["same_value"]])
    taken.summed()
    taken.one_to_one(4, pairs[(pairs["hts"] > 0) | pairs["same_value"]])
    taken.left_over()
    return _told(ours, theirs, pairs, taken, link)


def _invoiced(invoice: pd.DataFrame, line: pd.DataFrame) -> pd.DataFrame:
    it = line.sort_values(["invoice_id", "line"], ignore_index=True)
    currency = it["invoice_id"].map(invoice.set_index("invoice_id")["currency"])
    it["cents"] = it["amount_cents"] + it["charges_cents"]
    it["comparable"] = currency.eq("USD").to_numpy(bool) & it["cents"].notna().to_numpy()
    it["base"], it["base_unit"] = quantities.in_base(it["quantity"], it["quantity_scale"], it["unit"], "x12")
    it["words"] = _words(it["description"])
    it["country"] = _country(it["origin"])
    return it


def _declared(declared: Declared) -> pd.DataFrame:
    """Declared lines: their value, and the quantity of the number that says what the goods are (chapter 99 says what
    else is due on them, chapter 98 how they come in)."""
    tariff = declared.tariff.assign(
        further=declared.tariff["hts_number"].str.slice(0, 2).isin(["98", "99"]),
        cents=declared.tariff["value_cents"].fillna(0).astype("int64"),
    )
    key = ["version_id", "line"]
    first = tariff.sort_values([*key, "further", "tariff"]).drop_duplicates(key)
    it = declared.line.merge(first[[*key, "hts_number", "quantity_1", "unit_1", "quantity_2", "unit_2"]], "left", key)
    value = tariff.groupby(key)["cents"].sum().rename("declared")
    it = it.merge(value.reset_index(), "left", key).sort_values(key, ignore_index=True)
    it["declared"] = it["declared"].fillna(0).astype("int64")
    for n in ("1", "2"):
        unit = it[f"unit_{n}"].fillna("").astype("str")
        it[f"base_{n}"], it[f"base_unit_{n}"] = quantities.in_base(it[f"quantity_{n}"], 2, unit, "customs")
        it[f"one_{n}"], _ = quantities.in_base(pd.Series(1, it.index, dtype="Int64"), 0, unit, "customs")
    it["words"] = _words(it["description"])
    it["country"] = _country(it["origin"])
    return it


def _words(text: pd.Series) -> pd.Series:
    return text.fillna("").astype("str").str.upper().str.replace(r"\W+", " ", regex=True).str.strip()


def _country(code: pd.Series) -> pd.Series:
    """ISO countries; Canadian provinces (X and a letter, but not XK) are Canada."""
    plain = code.fillna("").astype("str").str.upper()
    return plain.mask(plain.str.fullmatch(r"X[A-JL-Z]"), "CA")


def _pairs(ours: pd.DataFrame, theirs: pd.DataFrame, link: pd.DataFrame, tariff: pd.DataFrame) -> pd.DataFrame:
    """Every line with every declared line of a linked entry: rows ``ours`` and ``theirs``, what is equal, the score;
    the best first."""
    left = ours[["invoice_id"]].assign(ours=np.arange(len(ours)))
    right = theirs[["version_id"]].assign(theirs=np.arange(len(theirs)))
    it = link[["invoice_id", "version_id"]].drop_duplicates().merge(left, on="invoice_id").merge(right, on="version_id")
    a, b = it["ours"].to_numpy(np.int64), it["theirs"].to_numpy(np.int64)
    hts, eight = _numbers_agree(ours, theirs, tariff, a, b)
    cents = ours["cents"].fillna(0).to_numpy(np.int64)[a]
    apart = np.abs(cents - theirs["declared"].to_numpy()[b])
    comparable = ours["comparable"].to_numpy()[a]
    quantity = np.zeros(len(it), bool)
    for n in ("1", "2"):
        unit = ours["base_unit"].to_numpy(object)[a]
        same = (unit == theirs[f"base_unit_{n}"].to_numpy(object)[b]) & (unit != "")
        off = np.abs(ours["base"].to_numpy()[a] - theirs[f"base_{n}"].to_numpy()[b])
        quantity |= same & (off < theirs[f"one_{n}"].to_numpy()[b])
    origin, words = (_equal(ours[name], theirs[name], a, b) for name in ("country", "words"))
    it["hts"] = hts
    it["same_value"] = comparable & (apart < DOLLAR)
    it["same_quantity"] = quantity
    country, other = ours["country"].to_numpy(object)[a], theirs["country"].to_numpy(object)[b]
    it["origin_fits"] = origin | (country == "") | (other == "")
    it["hts_fits"] = eight
    it["apart"] = np.where(comparable, apart, 0)
    place = ours["line"].to_numpy()[a] == theirs["line"].to_numpy()[b]
    it["score"] = hts + VALUE * it["same_value"] + QUANTITY * quantity + ORIGIN * origin + DESCRIPTION * words
    it["score"] = it["score"] + PLACE * place
    # rows stand in the order of invoice, line, entry, declared line: a stable sort leaves ties so
    it = it.sort_values(["ours", "theirs"], ignore_index=True)
    return it.sort_values(["score", "apart"], ascending=[False, True], kind="stable", ignore_index=True)


def _equal(mine: pd.Series, other: pd.Series, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    left, right = mine.to_numpy(object)[a], other.to_numpy(object)[b]
    return (left == right) & (left != "")


def _numbers_agree(
    ours: pd.DataFrame, theirs: pd.DataFrame, tariff: pd.DataFrame, a: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The points for each pair's tariff numbers, with the number of the declared line that agrees most; and whether
    one is equal as far as the invoice gives it (or the invoice gives none)."""
    place = pd.MultiIndex.from_frame(theirs[["version_id", "line"]]).get_indexer(
        pd.MultiIndex.from_frame(tariff[["version_id", "line"]])
    )
    numbers = tariff["hts_number"].fillna("").astype("str")[place >= 0].to_numpy("U10")
    place = place[place >= 0]
    own = ours["hts_number"].where(ours["hts_number"].str.fullmatch(r"[0-9]{6,10}"), "").to_numpy("U10")
    points, fits = np.zeros(len(a), np.int64), own[a] == "" if len(a) else np.zeros(0, bool)
    if not len(a) or not len(numbers):
        return points, fits
    order = np.argsort(place, kind="stable")
    place, numbers = place[order], numbers[order]
    first = np.searchsorted(place, np.arange(len(theirs)))
    many = np.searchsorted(place, np.arange(len(theirs)), "right") - first
    length = np.char.str_len(own)
    for n in range(int(many.max())):  # a line has few numbers: eight at most (AE structure map)
        has = many[b] > n
        there = numbers[np.minimum(first[b] + n, len(numbers) - 1)]
        mine = own[a]
        six = has & (mine != "") & (mine.astype("U6") == there.astype("U6"))
        eight = six & (length[a] >= 8) & (mine.astype("U8") == there.astype("U8"))
        whole = six & (_shorter(there, length[a]) == mine)
        points = np.maximum(points, np.where(whole, EXACT, np.where(eight, EIGHT, np.where(six, SIX, 0))))
        fits = fits | whole
    return points, fits


def _shorter(text: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Each text cut to its length (six to ten)."""
    cut = text.copy()
    for n in range(6, 10):
        cut = np.where(length == n, text.astype(f"U{n}"), cut)
    return cut


class _Taken:
    """Which declared line each invoice line fell to, step by step; ``of`` is its row (-1 none)."""

    def __init__(self, ours: pd.DataFrame, theirs: pd.DataFrame, pairs: pd.DataFrame) -> None:
        self.ours, self.theirs, self.pairs = ours, theirs, pairs
        self.of = np.full(len(ours), -1)
        self.step = np.zeros(len(ours), np.int64)
        self.used = np.zeros(len(theirs), bool)

    def take(self, step: int, ours: np.ndarray, theirs: np.ndarray) -> None:
        self.of[ours], self.step[ours] = theirs, step
        self.used[theirs] = True

    def free(self, pairs: pd.DataFrame) -> pd.DataFrame:
        open_ = (self.of[pairs["ours"].to_numpy()] < 0) & ~self.used[pairs["theirs"].to_numpy()]
        return pairs[open_]

    def said_so(self, invoice: pd.DataFrame, declared: Declared) -> None:
        """Step 1."""
        named = declared.reference.assign(number=number(declared.reference["invoice_number"]))
        named = named.merge(declared.range, on=["version_id", "record"])
        known = invoice[["invoice_id"]].assign(number=number(invoice["invoice_number"]))
        known = known[known["number"].ne("")]
        pairs = self.pairs[["ours", "theirs", "invoice_id", "version_id"]]
        pairs = pairs.assign(
            place=self.ours["line"].to_numpy()[pairs["ours"]], line=self.theirs["line"].to_numpy()[pairs["theirs"]]
        ).sort_values(["ours", "theirs"])
        said = pairs.merge(known, on="invoice_id").merge(named, on=["version_id", "line", "number"])
        inside = (said["begin"] <= said["place"]) & (said["place"] <= said["end"])
        said = said[inside.fillna(False).to_numpy(bool)].drop_duplicates("ours")
        self.take(1, said["ours"].to_numpy(np.int64), said["theirs"].to_numpy(np.int64))

    def one_to_one(self, step: int, pairs: pd.DataFrame) -> None:
        """Steps 2 and 4: of what is free the best pairs. A pair that is the best of both its lines is taken at once,
        which is what taking them one by one from the best would come to."""
        pairs = self.free(pairs)
        while len(pairs):
            best = ~pairs.duplicated("ours") & ~pairs.duplicated("theirs")
            self.take(step, pairs.loc[best, "ours"].to_numpy(), pairs.loc[best, "theirs"].to_numpy())
            pairs = self.free(pairs)

    def summed(self) -> None:
        """Step 3."""
        pairs = self.free(self.pairs)
        pairs = pairs[pairs["hts_fits"] & (pairs["hts"] > 0) & pairs["origin_fits"]]
        pairs = pairs[pairs.groupby("ours")["theirs"].transform("size").eq(1)]
        if not pairs["theirs"].duplicated().any():
            return
        sums = self._sums(pairs)
        whole = (sums["lines"] > 1) & np.where(sums["comparable"], sums["apart"] < DOLLAR, sums["same_quantity"])
        pairs = pairs[pairs["theirs"].isin(sums.index[whole])]
        self.take(3, pairs["ours"].to_numpy(), pairs["theirs"].to_numpy())

    def left_over(self) -> None:
        """Step 5."""
        loose = (self.of[self.pairs["ours"].to_numpy()] < 0) & self.pairs["origin_fits"] & self.pairs["hts_fits"]
        pairs = self.pairs[loose & (self.pairs["hts"] > 0)].drop_duplicates("ours")  # the best first
        if not len(pairs):
            return
        held = np.flatnonzero(self.step == 4)
        before = self._sums(pd.DataFrame({"ours": held, "theirs": self.of[held]}))
        now = self._sums(pd.concat([pairs[["ours", "theirs"]], pd.DataFrame({"ours": held, "theirs": self.of[held]})]))
        both = now.merge(before, left_index=True, right_index=True, suffixes=("", "_before"))
        nearer = both["comparable"] & both["comparable_before"] & (both["apart"] < both["apart_before"])
        pairs = pairs[pairs["theirs"].isin(both.index[nearer])]
        self.take(5, pairs["ours"].to_numpy(), pairs["theirs"].to_numpy())

    def _sums(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Of each declared line (row, the index) what ``ours`` add up to: ``lines cents comparable apart
        same_quantity compared_quantity``."""
        a, b = pairs["ours"].to_numpy(np.int64), pairs["theirs"].to_numpy(np.int64)
        rows = pd.DataFrame(
            {
                "theirs": b,
                "cents": self.ours["cents"].fillna(0).to_numpy(np.int64)[a],
                "comparable": self.ours["comparable"].to_numpy(bool)[a],
                "known": self.ours["cents"].notna().to_numpy()[a],
            }
        )
        units = self.ours["base_unit"].to_numpy(object)[a]
        for n in ("1", "2"):
            rows[f"fits_{n}"] = (units == self.theirs[f"base_unit_{n}"].to_numpy(object)[b]) & (units != "")
            rows[f"base_{n}"] = np.where(rows[f"fits_{n}"], self.ours["base"].to_numpy()[a], 0)
        of = rows.groupby("theirs")
        sums = of[["cents", "base_1", "base_2"]].sum()
        sums = sums.join(of[["comparable", "known", "fits_1", "fits_2"]].all()).join(of.size().rename("lines"))
        there = sums.index.to_numpy(np.int64)
        sums["apart"] = np.abs(sums["cents"].to_numpy(np.int64) - self.theirs["declared"].to_numpy()[there])
        near = {}
        for n in ("1", "2"):
            off = np.abs(sums[f"base_{n}"].to_numpy(np.int64) - self.theirs[f"base_{n}"].to_numpy()[there])
            near[n] = (off < self.theirs[f"one_{n}"].to_numpy()[there]) & sums[f"fits_{n}"].to_numpy(bool)
        sums["compared_quantity"] = sums["fits_1"] | sums["fits_2"]
        sums["same_quantity"] = near["1"] | near["2"]
        return sums


def _told(
    ours: pd.DataFrame, theirs: pd.DataFrame, pairs: pd.DataFrame, taken: _Taken, link: pd.DataFrame
) -> pd.DataFrame:
    """What became of every line."""
    with_line = np.flatnonzero(taken.of >= 0)
    chosen = pd.DataFrame({"ours": with_line, "theirs": taken.of[with_line]})
    sums = taken._sums(chosen)
    each = chosen.merge(pairs[["ours", "theirs", "hts_fits", "origin_fits", "score"]], "left", ["ours", "theirs"])
    of = sums.reindex(each["theirs"]).reset_index(drop=True)
    differs = {
        "value": (of["comparable"] & (of["apart"] >= DOLLAR)).to_numpy(bool),
        "quantity": (of["compared_quantity"] & ~of["same_quantity"]).to_numpy(bool),
        "hts": ~each["hts_fits"].to_numpy(bool),
        "origin": ~each["origin_fits"].to_numpy(bool),
    }
    text = pd.Series("", each.index, dtype="str")
    for name in FIELDS:
        text = text.where(~differs[name], text + pd.Series(" ", text.index, dtype="str").where(text.ne(""), "") + name)
    declared = theirs["declared"].to_numpy()[each["theirs"]]
    difference = pd.array(of["cents"].to_numpy(np.int64) - declared, "Int64")
    compared = of["comparable"].to_numpy(bool)
    done = pd.DataFrame(
        {
            "ours": each["ours"],
            "version_id": theirs["version_id"].to_numpy()[each["theirs"]],
            "declared_line": theirs["line"].to_numpy()[each["theirs"]],
            "state": np.where(text.eq(""), "matched", "different"),
            "step": taken.step[each["ours"]],
            "score": each["score"],
            "differences": text,
            "invoiced_lines": of["lines"],
            "invoiced_cents": pd.Series(of["cents"]).astype("Int64").mask(~of["known"].astype(bool)),
            "declared_cents": pd.array(declared, "Int64"),
            "difference_cents": pd.Series(difference).mask(~compared),
        }
    ).set_index("ours")
    lines = ours[["invoice_id", "line"]].join(done)
    lines["invoiced_cents"] = lines["invoiced_cents"].fillna(ours["cents"])
    missing = lines["state"].isna()
    lines.loc[missing, "state"] = "missing"
    alone = np.flatnonzero(~taken.used & theirs["version_id"].isin(link["version_id"]).to_numpy())
    rest = theirs.iloc[alone][["version_id", "line", "declared"]]
    uninvoiced = pd.DataFrame(
        {
            "invoice_id": -1,
            "line": 0,
            "version_id": rest["version_id"],
            "declared_line": rest["line"],
            "state": "uninvoiced",
            "declared_cents": rest["declared"].astype("Int64"),
        }
    )
    return _whole(pd.concat([lines, uninvoiced], ignore_index=True))


def _whole(told: pd.DataFrame) -> pd.DataFrame:
    """Rows with all columns of :data:`MATCH`."""
    told = told.reindex(columns=list(MATCH))
    blank = {"version_id": -1, "declared_line": 0, "step": 0, "score": 0, "differences": "", "invoiced_lines": 0}
    return told.fillna(blank).astype(MATCH)
