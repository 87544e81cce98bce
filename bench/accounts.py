"""A population as an accounts file of ``loaders.accounts``: brokers, importers, who files for whom, who transmits."""

from __future__ import annotations

from collections.abc import Mapping

from bench.population import Population


def toml(population: Population, keys: Mapping[str, str] | None = None, units: Mapping[str, str] | None = None) -> str:
    """The accounts file of ``population``. ``keys`` maps account numbers to OpenSSH public keys that open their drops,
    ``units`` account numbers to payer units, each with a bank account.

    A broker's account number is B- and its filer code, an importer's I- and its importer of record number.
    """
    brokers, importers = population.brokers, population.importers
    parts = []
    for filer, site, password in zip(brokers["filer_code"], brokers["site"], brokers["password"], strict=True):
        parts.append(
            _entry("account", number=f"B-{filer}", kind="broker", name=f"{filer} Customs Brokers", identifier=filer)
        )
        parts.append(_entry("transmitter", account=f"B-{filer}", site=site, sender=filer, password=password))
    filers = brokers["filer_code"].to_numpy()[importers["broker"]]
    for number, name, filer in zip(importers["number"], importers["name"], filers, strict=True):
        parts.append(_entry("account", number=f"I-{number}", kind="importer", name=name, identifier=number))
        parts.append(_entry("relationship", **{"from": f"B-{filer}", "to": f"I-{number}", "valid_from": "2020-01-01"}))
    for account, key in (keys or {}).items():
        parts.append(_entry("sftp_identity", account=account, username=account.lower(), public_key=key))
    for number, (account, unit) in enumerate((units or {}).items(), 1):
        bank = {"routing_number": "123456780", "account_number": f"{number:010}", "account_kind": "checking"}
        parts.append(_entry("payer_unit", account=account, payer_unit=unit, **bank, payer_name=account))
    return "\n".join(parts)


def _entry(table: str, **values: str) -> str:
    return "\n".join([f"[[{table}]]", *(f'{name} = "{value}"' for name, value in values.items()), ""])
