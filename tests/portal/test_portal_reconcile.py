"""A firm's ledger against its account, over the portal."""

from __future__ import annotations

import csv
import io
import os
import re
from datetime import timedelta

import pytest

from tests.portal.conftest import Portal, csrf, sign_in

AT = "/importer/reconcile"


def ours(portal: Portal, name: str = "importer") -> list[tuple[str, int, int, int]]:
    return portal.house.ask(
        """SELECT e.filer_code || '-' || left(e.entry_number, 7) || '-' || right(e.entry_number, 1),
        coalesce(total_duty_cents, 0), coalesce(total_fee_cents, 0), coalesce(total_duty_cents, 0)
            + coalesce(total_fee_cents, 0) + coalesce(total_tax_cents, 0) + coalesce(total_ad_cents, 0)
            + coalesce(total_cvd_cents, 0) + coalesce(total_other_cents, 0)
        FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        WHERE e.importer_account_id = %s AND e.status = 'accepted' ORDER BY e.id""",
        portal.accounts[name],
    )


def send(client, text: str | bytes, **more: str):
    data = {"csrf": csrf(client, AT)} | more
    return client.post(AT, data=data, files={"ledger": ("books.csv", text, "text/csv")})


def dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def test_a_ledger_is_told_line_by_line_and_its_totals_tie(portal: Portal) -> None:
    mine = ours(portal)
    assert len(mine) > 4
    foreign = ours(portal, "other_importer")[0]
    lines = [(e, dollars(d), dollars(t)) for e, d, f, t in mine[1:]]
    lines[0] = (lines[0][0], lines[0][1], dollars(mine[1][3] + 1))
    lines += [(foreign[0], "1.00", "2.00"), ("ABC-12", "3.00", "4.00")]
    text = "Entry,Duty,Total,Reference\n" + "".join(f"{e},{d},{t},=1+1\n" for e, d, t in lines)
    with portal.client("importer") as client:
        assert send(client, text).headers["location"] == f"{AT}/result"
        rows = list(csv.DictReader(io.StringIO(client.get(f"{AT}/result.csv").text)))
        by = {state: [r for r in rows if r["state"] == state] for state in {r["state"] for r in rows}}
        assert [(r["entry"], r["line"], r["total_difference"]) for r in by["different"]] == [(mine[1][0], "2", "0.01")]
        assert [(r["entry"], r["line"]) for r in by["missing in the ledger"]] == [(mine[0][0], "")]
        told = [(r["entry"], r["total_ours"], r["total_difference"]) for r in by["missing on our side"]]
        assert told == [(foreign[0], "", "2.00")], "another importer's entry tells nothing"
        assert len(by["matched"]) == len(mine) - 2 and {r["reference"] for r in by["matched"]} == {"'=1+1"}
        page = client.get(f"{AT}/result").text
        assert "1 line was left out" in page and f"Line {len(lines) + 1}, Entry: found “ABC-12”" in page
        assert client.get(f"{AT}/result?state=different").text.count('<th scope="row" class="tw-day">') == 1
        assert client.get(f"{AT}/result?state=x").status_code == 404
        sums = re.findall(r'<td class="tw-n">([-\d,.]+)</td>', page.split(">All</th>")[1].split("</tr>")[0])
        cents = [int(re.sub(r"\D", "", it)) * (-1 if it[0] == "-" else 1) for it in sums]
        for at in (2, 6):
            assert cents[at] - cents[at + 1] + cents[at + 2] == cents[at + 3]
        assert cents[7] == sum(t for *_, t in mine)
        assert client.get(f"{AT}/unread.csv").text.splitlines()[1].startswith(f"{len(lines) + 1},Entry,ABC-12,")
        client.post("/sign-out", data={"csrf": csrf(client, AT)})
        sign_in(client, "importer", portal.code)
        assert client.get(f"{AT}/result").status_code == 404, "kept for one session only"
        kept = portal.house.settings.home / "portal" / "kept"
        send(client, text)
        before = len(list(kept.iterdir()))
        client.post(f"{AT}/discard", data={"csrf": csrf(client, AT)})
        assert client.get(f"{AT}/result.csv").status_code == 404 and len(list(kept.iterdir())) == before - 1
        assert all(b"Entry" not in file.read_bytes() and mine[0][0].encode() not in file.read_bytes()
                   for file in kept.iterdir())  # fmt: skip
        (kept / "old.ledger").touch()
        os.utime(kept / "old.ledger", ((portal.house.now - timedelta(hours=13)).timestamp(),) * 2)
        send(client, text)
        assert not (kept / "old.ledger").exists(), "what no session can open is swept away"


def test_who_sees_no_amounts_learns_none_by_comparing(portal: Portal) -> None:
    mine = ours(portal)
    text = "Entry,Total\n" + "".join(f"{e},0.01\n" for e, *_ in mine)
    with portal.client("reader") as client:
        assert send(client, text).status_code == 303
        shown = client.get(f"{AT}/result").text + client.get(f"{AT}/result.csv").text
        assert "different" in shown and ">Everything is matched.<" in shown
        for *_, total in mine:
            assert f"{total // 100:,}.{total % 100:02}" not in shown and dollars(total) not in shown
        portal.conn.execute("UPDATE portal_membership SET sees_money = true WHERE role = 'reader'")
        try:
            send(client, text)
            assert client.get(f"{AT}/result").status_code == 200
        finally:
            portal.conn.execute("UPDATE portal_membership SET sees_money = false WHERE role = 'reader'")
        assert client.get(f"{AT}/result").status_code == 404, "the right to see amounts has ended"


def test_only_the_asked_days_are_looked_through(portal: Portal) -> None:
    entry = ours(portal)[0][0]
    with portal.client("importer") as client:
        send(client, f"Entry\n{entry}\n", first="2020-01-01", last="2020-01-31")
        rows = list(csv.DictReader(io.StringIO(client.get(f"{AT}/result.csv").text)))
        assert [r["state"] for r in rows] == ["matched"]
        answer = send(client, f"Entry\n{entry}\n", first="2020-02-01", last="2020-01-31")
        assert answer.status_code == 422 and "before the first" in answer.text
        send(client, f"Entry\n{entry}\n")
        page = client.get(f"{AT}/result").text
        assert "the months of the entries it names" in page and "only the entry numbers are compared" in page


@pytest.mark.parametrize(
    ("data", "words"), [(b"PK\x03\x04", "Save the sheet as CSV"), (b"Name\nx\n", "No column"), (b"Entry\n", "no lines")]
)
def test_what_is_no_ledger_is_said_at_its_field(portal: Portal, data: bytes, words: str) -> None:
    with portal.client("importer") as client:
        answer = send(client, data)
        assert answer.status_code == 422 and words in answer.text.split('id="ledger-fault">')[1].split("<")[0]
        answer = client.post(AT, data={"csrf": csrf(client, AT)})
        assert answer.status_code == 422 and "Choose the file" in answer.text
