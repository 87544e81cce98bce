"""Visas, licences, certificates and permits (AE chapter, July 2026, ESF-94 to ESF-97, usage note s)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.codes import codes
from transforms.conditions.columns import filled
from transforms.conditions.registry import condition

VISA = ("51", "standard_visa_number")

#: Licence numbers whose format the chapter fixes: type -> pattern (usage note s).
FORMATS = {
    "14": r"\d-[A-Z][A-Z ]-\d{3}-\d",  # agricultural licence
    "21": r"[CF]\d[A-Z]{3}[A-Z0-9]\d{3}",  # USDA sugar certificate
    "26": r"[A-Z0-9]{2}\d{7}",  # Mexican sugar export licence
    "31": r"\d[A-Z0-9]{4}\d{5}",  # Argentine grape juice export licence
}
LONGEST = {"14": 10, "31": 10, "16": 8}  # every other licence has at most 9 characters


def _country(es) -> pd.Series:
    return es.visa.visa_number.str.slice(1, 3).isin(codes("country"))


@condition(
    "470",
    "F",
    on="visa",
    at=VISA,
    why="a visa begins with the last digit of its year",
    mend="write it as year digit, country, six digits: 6HT123456",
)
def visa_year(es, world):
    return filled(es.visa.visa_number) & ~es.visa.visa_number.str.fullmatch(r"\d.*")


@condition(
    "468",
    "F",
    on="visa",
    at=VISA,
    why="the second and third character of a visa are the country of origin",
    mend="write it as year digit, country, six digits: 6HT123456",
)
def visa_country(es, world):
    return filled(es.visa.visa_number) & ~_country(es)


@condition(
    "469",
    "F",
    on="visa",
    at=VISA,
    why="a visa ends in a number of six digits",
    mend="write it as year digit, country, six digits: 6HT123456",
)
def visa_sequence(es, world):
    # Recorded live: a visa whose country is unknown is refused for that alone.
    return _country(es) & ~es.visa.visa_number.str.fullmatch(r"...\d{6}")


@condition(
    "691",
    "F",
    on="license",
    at=("52", "license_number_certificate_number_permit_number"),
    why="a licence number has the format its issuer gives it (usage note s)",
    mend="write it exactly as the issuer prints it",
)
def license_malformed(es, world):
    kind, number = es.license.license_type, es.license.license_number
    too_long = number.str.len() > kind.map(LONGEST).fillna(9)
    wrong = pd.Series(False, index=kind.index)
    for code, pattern in FORMATS.items():
        wrong |= kind.eq(code) & ~number.str.fullmatch(pattern)
    return filled(number) & kind.isin(codes("license_type")) & (too_long | wrong)


@condition(
    "839",
    "F",
    on="license",
    at=("52", "license_certificate_permit_type_code"),
    why="the grape juice licence (type 31) is for goods of Argentina (warehouse and temporary entries excepted)",
    mend="leave the 52 record out, or correct the country of origin",
)
def license_of_other_origin(es, world):
    exempt = es.of_header("license", "entry_type").isin(("21", "22", "23"))
    return es.license.license_type.eq("31") & es.of_line("license", "origin").ne("AR") & ~exempt


@condition(
    "818",
    "F",
    on="license",
    at=("52", "license_certificate_permit_type_code"),
    why="steel and aluminium licences are not reported on zone withdrawals and warehouse entries",
    mend="leave the 52 record out",
)
def metal_license_for_type(es, world):
    return es.license.license_type.isin(("01", "28")) & es.of_header("license", "entry_type").isin(("06", "21", "22"))
