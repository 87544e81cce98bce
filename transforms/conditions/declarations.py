"""Importers' additional declarations: the 54 record and its overlays (AE chapter, July 2026, ESF-101 to ESF-117)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.codes import codes
from transforms.conditions.columns import Mask, filled, has, repeated
from transforms.conditions.registry import condition

UNKNOWN, OTHER = "UN", "OTH"
AT = ("54", "importer_additional_declaration_information")


def overlay(es, kind: str, field: str) -> pd.Series:
    """A text field of overlay ``54-<kind>`` beside each declaration; blank on declarations of another type."""
    table = es.tables.get(f"54-{kind}")
    if table is None or not len(table):
        return pd.Series([""] * len(es.declaration), dtype="str")
    by_row = table.drop_duplicates("row").set_index("row")[field]
    return by_row.reindex(es.declaration.row, fill_value="").reset_index(drop=True)


def _is(es, kind: str) -> pd.Series:
    return es.declaration.declaration_type.eq(kind)


def _declares(es, kind: str) -> pd.Series:
    return has(es, "declaration", _is(es, kind), by="line")


@condition(
    "783",
    "F",
    on="declaration",
    at=("54", "importer_additional_declaration_type_code"),
    why="each kind of declaration is made once on a line",
    mend="leave the repetition out",
)
def declaration_repeated(es, world):
    return repeated(es, "declaration", "line", "declaration_type")


def _rule(code: str, kind: str, why: str, mend: str, broken) -> None:
    @condition(code, "F", on="declaration", at=AT, why=why, mend=mend)
    def violated(es, world) -> Mask:
        return _is(es, kind) & broken(es)


def _not_in(kind: str, field: str, allowed: tuple[str, ...]):
    return lambda es: filled(overlay(es, kind, field)) & ~overlay(es, kind, field).isin(allowed)


def _unlike(kind: str, field: str, words: str):
    return lambda es: overlay(es, kind, field).ne(words)


_rule(
    "527",
    "01",
    "the softwood declaration is Y or N",
    "put Y or N in column 5",
    _not_in("01", "softwood_lumber_declaration_indicator", ("Y", "N")),
)
_rule(
    "817",
    "06",
    "the designation reads ADCVD CERT",
    "write ADCVD CERT in columns 5 to 14",
    _unlike("06", "ad_cvd_certification_designation", "ADCVD CERT"),
)
_rule(
    "837",
    "09",
    "the designation reads 201BIFAC CERT",
    "write 201BIFAC CERT in columns 5 to 17",
    _unlike("09", "bifacial_certification_designation", "201BIFAC CERT"),
)
_rule(
    "845",
    "10",
    "the designation reads 301STS CERT",
    "write 301STS CERT in columns 5 to 15",
    _unlike("10", "crane_certification_designation", "301STS CERT"),
)
_rule(
    "814",
    "05",
    "the flavour credit indicator is Y or blank",
    "put Y or leave column 66 blank",
    _not_in("05", "flavor_content_credit_indicator", ("Y",)),
)


# Aluminium: where it was smelted and cast.

_PRIMARY, _SECONDARY = "primary", "secondary"


def _smelt(rank: str, apply_unknown: str, missing: str, conflict: str, unknown: str) -> None:
    applies, country = f"{rank}_smelt_applicability_code", f"{rank}_country_of_smelt_code"
    known = (*codes("country"), UNKNOWN)
    _rule(
        apply_unknown,
        "07",
        f"whether there is a {rank} country of smelt is said by Y or N",
        "put Y or N",
        _not_in("07", applies, ("Y", "N")),
    )
    _rule(
        missing,
        "07",
        f"an applicable {rank} country of smelt is named",
        "give its ISO code (UN when unknown, for derivative articles)",
        lambda es: overlay(es, "07", applies).eq("Y") & ~filled(overlay(es, "07", country)),
    )
    _rule(
        conflict,
        "07",
        f"a {rank} country of smelt that does not apply is not named",
        "put Y, or leave the country out",
        lambda es: overlay(es, "07", applies).eq("N") & filled(overlay(es, "07", country)),
    )
    _rule(
        unknown,
        "07",
        f"the {rank} country of smelt is an ISO country",
        "use a code of Appendix B, or UN",
        _not_in("07", country, known),
    )


_smelt(_PRIMARY, "826", "827", "828", "829")
_smelt(_SECONDARY, "830", "831", "832", "833")
_rule(
    "835",
    "07",
    "the country of cast is an ISO country",
    "use a code of Appendix B, or UN",
    _not_in("07", "country_of_cast_code", (*codes("country"), UNKNOWN)),
)
_rule(
    "850",
    "07",
    "aluminium was smelted somewhere: not both countries of smelt are inapplicable",
    "put Y for the primary or the secondary country and name it",
    lambda es: (
        overlay(es, "07", "primary_smelt_applicability_code").eq("N")
        & overlay(es, "07", "secondary_smelt_applicability_code").eq("N")
    ),
)


# Steel: where it was melted and poured.

_MELT, _MELT_OTHER = "country_of_melt_and_pour_code", "melt_and_pour_applicability_code"
_rule(
    "840",
    "08",
    "steel was melted somewhere",
    "give the ISO code, or OTH for a derivative article",
    lambda es: ~filled(overlay(es, "08", _MELT)) & ~filled(overlay(es, "08", _MELT_OTHER)),
)
_rule(
    "841",
    "08",
    "the country of melt and pour is an ISO country",
    "use a code of Appendix B",
    _not_in("08", _MELT, codes("country")),
)
_rule(
    "842",
    "08",
    "the applicability code is OTH or blank",
    "write OTH, or leave columns 7 to 9 blank",
    _not_in("08", _MELT_OTHER, (OTHER,)),
)
_rule(
    "843",
    "08",
    "a country of melt and pour and OTH exclude each other",
    "leave one of them out",
    lambda es: filled(overlay(es, "08", _MELT)) & filled(overlay(es, "08", _MELT_OTHER)),
)

# Copper: where it was smelted and last cast.

for _code, _field, _what in (
    ("870", "primary_country_of_smelt_code", "primary country of smelt"),
    ("871", "secondary_country_of_smelt_code", "secondary country of smelt"),
    ("873", "country_of_most_recent_cast_code", "country of the most recent cast"),
):
    _rule(
        _code,
        "12",
        f"the {_what} is an ISO country or OTH",
        "use a code of Appendix B, or OTH",
        _not_in("12", _field, (*codes("country"), OTHER)),
    )


# Claims and provisions that go together with a declaration.


def _together(code: str, why: str, mend: str, broken) -> None:
    @condition(code, "F", on="line", at=("40", "line_item_identifier"), why=why, mend=mend)
    def violated(es, world) -> Mask:
        return broken(es)


def _cites(es, number: str) -> pd.Series:
    return has(es, "tariff", es.tariff.hts_number.str.startswith(number), by="line")


_together(
    "798",
    "a craft beverage claim (C) describes its product",
    "add a 54 record of type 05",
    lambda es: es.line.product_claim.eq("C") & ~_declares(es, "05"),
)
_together(
    "799",
    "a craft beverage product belongs to a claim",
    "put C in column 55 of the 40 record",
    lambda es: _declares(es, "05") & es.line.product_claim.ne("C"),
)
_together(
    "811",
    "a craft beverage claim estimates the tax",
    "add a 60 record",
    lambda es: _declares(es, "05") & ~has(es, "tax", by="line"),
)
_together(
    "838",
    "the bifacial certification goes with 9903.45.29",
    "add the 50 record of 9903.45.29",
    lambda es: _declares(es, "09") & ~_cites(es, "99034529"),
)
_together(
    "836",
    "9903.45.29 is claimed with a bifacial certification",
    "add a 54 record of type 09",
    lambda es: _cites(es, "99034529") & ~_declares(es, "09"),
)
_together(
    "846",
    "the crane certification goes with 9903.91.09",
    "add the 50 record of 9903.91.09",
    lambda es: _declares(es, "10") & ~_cites(es, "99039109"),
)
_together(
    "847",
    "9903.91.09 is claimed with a crane certification",
    "add a 54 record of type 10",
    lambda es: _cites(es, "99039109") & ~_declares(es, "10"),
)
_together(
    "60B",
    "aluminium of unknown smelt or cast is entered under 9903.85.68",
    "add the 50 record of 9903.85.68, or name the country",
    lambda es: (
        has(
            es,
            "declaration",
            _is(es, "07")
            & (
                overlay(es, "07", "primary_country_of_smelt_code").eq(UNKNOWN)
                | overlay(es, "07", "secondary_country_of_smelt_code").eq(UNKNOWN)
                | overlay(es, "07", "country_of_cast_code").eq(UNKNOWN)
            ),
            by="line",
        )
        & ~_cites(es, "99038568")
    ),
)
