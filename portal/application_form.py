"""The questions of an application for an account (67 FR 21800), a page each, and what a good answer is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from portal.forms import Form
from transforms.conditions.parties import PARTY, ZEROS

#: One page each, in this order; then the answers are checked and handed in.
STEPS = ("kind", "firm", "owner", "programme", "brokers")
KINDS = (
    ("importer", "Importer: my firm brings goods in, under its own importer number"),
    ("exporter", "Exporter: my firm sends goods out"),
    ("broker", "Customs broker: my firm files for others, under its filer code"),
)
INDUSTRIES = (
    ("agriculture", "Agriculture and food"),
    ("apparel", "Textiles, apparel and footwear"),
    ("automotive", "Vehicles and their parts"),
    ("chemicals", "Chemicals, plastics and rubber"),
    ("consumer", "Consumer goods and toys"),
    ("electronics", "Electronics and machinery"),
    ("energy", "Energy and minerals"),
    ("metals", "Metals and metal goods"),
    ("medical", "Pharmaceuticals and medical goods"),
    ("wood", "Wood, paper and furniture"),
    ("logistics", "Logistics and brokerage"),
    ("other", "Another industry"),
)
TIERS = (("", "Not told yet"), ("1", "Tier 1"), ("2", "Tier 2"), ("3", "Tier 3"))
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[A-Za-z0-9-]{2,63}")
_FILER = re.compile(r"[A-Z0-9]{3}")


def answers(step: str, form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the form of a step says; what is wrong goes into its faults. ``before``: the answers of earlier steps."""
    return _READ[step](form, before)


def _kind(form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    words = "Choose what kind of account you apply for."
    return {"kind": form.need("kind", words, good=lambda value: value in dict(KINDS))}


def _firm(form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    name = " ".join(form["name"].split())[:120]
    if not name:
        form.faults["name"] = "Write the name of the firm."
    number = form["identifier"].upper().replace(" ", "")
    if before.get("kind") == "broker":
        if not _FILER.fullmatch(number):
            form.faults["identifier"] = f"A filer code has three letters or digits; found “{number[:20]}”."
    elif not re.fullmatch(PARTY, number):
        form.faults["identifier"] = (
            f"Write the number as NN-NNNNNNN, NN-NNNNNNNss, NNN-NN-NNNN or YYDDPP-NNNNN; found “{number[:20]}”."
        )
    elif re.fullmatch(ZEROS, number):
        form.faults["identifier"] = "This number is all zeros; give the firm's own."
    industry = form.need("industry", "Choose an industry.", good=lambda value: value in dict(INDUSTRIES))
    return {"name": name, "identifier": number, "industry": industry}


def _owner(form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    name = " ".join(form["owner_name"].split())[:120]
    if not name:
        form.faults["owner_name"] = "Write the name of the person who is to own the account."
    words = "Write an e-mail address, like name@firm.example."
    email = form.need("owner_email", words, good=_EMAIL.fullmatch).lower()
    return {"owner_name": name, "owner_email": email}


def _programme(form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    member = form.need("ctpat", "Say whether the firm is a member.", good=lambda value: value in ("yes", "no")) == "yes"
    if not member:
        return {"ctpat": False, "ctpat_number": "", "ctpat_tier": None}
    number = form["ctpat_number"].strip()[:40]
    if not number:
        form.faults["ctpat_number"] = "Write the number of the membership."
    tier = form["ctpat_tier"]
    if tier not in dict(TIERS):
        form.faults["ctpat_tier"] = "Choose a tier."
    return {"ctpat": True, "ctpat_number": number, "ctpat_tier": int(tier) if tier in ("1", "2", "3") else None}


def _brokers(form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    codes = [code for code in re.split(r"[\s,;]+", form["brokers"].upper()) if code]
    wrong = [code for code in codes if not _FILER.fullmatch(code)]
    if wrong:
        form.faults["brokers"] = f"A filer code has three letters or digits; found “{wrong[0][:20]}”."
    elif len(codes) > 50:
        form.faults["brokers"] = f"At most 50 filer codes; found {len(codes)}."
    if form["internet"] != "yes":
        form.faults["internet"] = "The account is used through the Internet only: say that the firm can do so."
    return {"brokers": " ".join(dict.fromkeys(codes)), "internet": form["internet"] == "yes"}


_READ = {"kind": _kind, "firm": _firm, "owner": _owner, "programme": _programme, "brokers": _brokers}
