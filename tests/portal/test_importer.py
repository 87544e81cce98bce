"""The importer's pages: every total is what makes it, every figure leads to its record, and nobody sees another's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.rows import dict_row

from loaders import db
from loaders.portal import rollup as sums
from loaders.portal.importer import hub, statements
from portal.importer import filings
from portal.importer import hub as overview
from portal.pages import money
from tests.portal.conftest import Portal

AMOUNT = re.compile(r"\$\d|\d,\d{3}\.\d\d")
#: Words of ours that name a sum: no amount of anybody.
OURS = ("$50,000",)


@contextmanager
def undone(house: Portal) -> Iterator[Any]:
    """The owner's connection in a transaction that never was."""
    house.conn.execute("BEGIN")
    try:
        yield house.conn
    finally:
        house.conn.execute("ROLLBACK")


def rows(house: Portal, query: str, *values: Any) -> list[dict[str, Any]]:
    with house.conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()


def links(text: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(/importer[^"#]*)', text)]


def crawl(client: Any, most_of_a_kind: int = 4) -> dict[str, Any]:
    """Every page and file that can be reached from the first page, a few of each kind."""
    todo, found, kinds = ["/importer"], {}, {}
    elsewhere = tuple(f"/importer/{it}" for it in ("log", "reconcile", "authorities", "alerts", "filers"))
    while todo:
        address = todo.pop(0)
        kind = re.sub(r"\d+", "N", address.split("?")[0])
        if address in found or kinds.get(kind, 0) >= most_of_a_kind or address.startswith(elsewhere):
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        found[address] = client.get(address)
        if found[address].headers["content-type"].startswith("text/html"):
            todo += links(found[address].text)
    return found


def test_every_page_that_can_be_reached_opens_is_small_and_is_noted_once(house: Portal, mine: int) -> None:
    with house.client("importer") as client:
        for address, answer in crawl(client).items():
            assert answer.status_code == 200, address
            if answer.headers["content-type"].startswith("text/html"):
                assert len(answer.content) < 100_000, address
        for address in ("/importer", "/importer/statements", "/importer/entries", "/importer/filings",
                        "/importer/charts", "/importer/entries.csv"):  # fmt: skip
            before = house.house.one("SELECT count(*) FROM audit WHERE account_id = %s", mine)
            client.get(address)
            assert house.house.one("SELECT count(*) FROM audit WHERE account_id = %s", mine) == before + 1, address


def test_what_is_owed_is_the_sum_of_what_stands_unpaid(house: Portal, mine: int) -> None:
    owed = house.house.one(
        """SELECT sum(p.due_cents)::bigint FROM statement_entry p JOIN entry_summary_version v ON v.id = p.version_id
        JOIN statement s ON s.id = p.statement_id
        WHERE v.importer_account_id = %s AND p.removed_at IS NULL AND s.paid_at IS NULL""",
        mine,
    )
    waiting = house.house.one(
        """SELECT coalesce(sum(coalesce(total_duty_cents, 0) + coalesce(total_fee_cents, 0)
            + coalesce(total_ad_cents, 0) + coalesce(total_cvd_cents, 0) + coalesce(total_other_cents, 0)
            + CASE WHEN deferred_tax = '' THEN coalesce(total_tax_cents, 0) ELSE 0 END), 0)::bigint
        FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        WHERE e.importer_account_id = %s AND e.status = 'accepted' AND e.statement_number IS NULL
        AND v.statement_date IS NOT NULL""",
        mine,
    )
    with house.client("importer") as client:
        shown = re.findall(r"<dd>\$([\d,.]+)</dd>", client.get("/importer").text)
    assert shown[:2] == [money(owed), money(waiting)] and owed > 0


def test_each_total_of_a_statement_leads_to_what_makes_it(house: Portal, mine: int) -> None:
    """Month, monthly statement, daily statement, entry summary: the same cents at each step."""
    with house.client("importer") as client:
        page = client.get("/importer/statements").text
        tops = {link for link in links(page) if re.fullmatch(r"/importer/statements/\d+", link)}
        assert tops
        entries = 0
        for top in sorted(tops):
            text = client.get(top).text
            part = re.search(r"<dd>\$([\d,.]+)</dd>", text)[1]  # type: ignore[index]
            assert f'<td class="tw-n">{part}</td></tr>' in text.split("tw-total")[1], top
            dailies = [link for link in links(text) if re.fullmatch(r"/importer/statements/\d+", link)]
            for daily in dailies if "Monthly statement" in text else [top]:
                on = re.findall(r"/importer/entries/(\d+)\?version=(\d+)", client.get(daily).text)
                entries += len(on)
        assert entries == house.house.one(
            """SELECT count(*) FROM statement_entry p JOIN entry_summary_version v ON v.id = p.version_id
            WHERE v.importer_account_id = %s AND p.statement_id IN (SELECT statement_id FROM statement_share
                JOIN statement s ON s.id = statement_id WHERE account_id = %s
                AND coalesce(s.month, date_trunc('month', print_date)) = (SELECT max(coalesce(s.month,
                    date_trunc('month', s.print_date))) FROM statement_share JOIN statement s ON s.id = statement_id
                    WHERE account_id = %s))""",
            mine, mine, mine,
        )  # fmt: skip


def test_of_a_brokers_statement_nothing_is_shown_but_ones_own_part(house: Portal) -> None:
    """The entry summaries of a broker's statement are shared out between two importers; each reads its own."""
    whose = [house.accounts["importer"], house.accounts["other_importer"]]
    with closing(db.connect(house.house.settings.database_url)) as conn, conn.transaction(force_rollback=True):
        conn.row_factory = dict_row
        it = conn.execute("""SELECT s.id, s.total_cents, s.statement_number FROM statement s
            WHERE kind = 'daily' AND filer_code <> '' AND importer_number = '' AND entries > 3 LIMIT 1""").fetchone()
        assert it is not None, "the generated day has a broker's statement"
        conn.execute("CREATE TEMPORARY TABLE gone AS SELECT * FROM statement_entry WHERE statement_id = %s", [it["id"]])
        conn.execute("DELETE FROM statement_entry WHERE statement_id = %s", [it["id"]])
        conn.execute("DELETE FROM statement_share WHERE statement_id = %s", [it["id"]])
        for table, key in (("entry_summary_version", "version_id"), ("entry_summary", "entry_summary_id")):
            conn.execute(f"""UPDATE {table} t SET importer_account_id = (%s::bigint[])[1 + (n %% 2)]
                FROM (SELECT {key}, row_number() OVER (ORDER BY version_id) AS n FROM gone) g WHERE t.id = g.{key}""",
                [whose])  # fmt: skip
        conn.execute("INSERT INTO statement_entry SELECT * FROM gone")
        entered = {id: {row["entry_number"]: row["due_cents"] for row in conn.execute(
            """SELECT v.entry_number, due_cents FROM gone JOIN entry_summary_version v ON v.id = version_id
            WHERE importer_account_id = %s""", [id])} for id in whose}  # fmt: skip
        conn.execute("SET LOCAL ROLE tidewaiter_portal")
        for id in whose:
            conn.execute("SELECT set_config('app.importers', %s, true)", [f"{{{id}}}"])
            for asked in ([id], whose):
                seen = statements.statement(conn, asked, it["id"])
                assert seen is not None and not seen["whole"]
                assert (seen["due_cents"], seen["entries"]) == (sum(entered[id].values()), len(entered[id]))
                on = statements.entries(conn, asked, it["id"], 0, 100)
                assert {row["entry_number"]: row["due_cents"] for row in on} == entered[id]
                assert it["total_cents"] not in [row["due_cents"] for row in hub.owed(conn, asked)]
            assert statements.printed(conn, it["id"]) is None and statements.fees(conn, it["id"]) == []
            assert conn.execute("SELECT FROM statement WHERE id = %s", [it["id"]]).fetchall() == []


def test_a_figure_leads_to_the_columns_it_was_read_from(house: Portal, mine: int) -> None:
    entry = rows(
        house,
        """SELECT e.id, e.version_id FROM entry_summary e WHERE importer_account_id = %s AND status = 'accepted'
        AND (SELECT count(*) FROM tariff WHERE version_id = e.version_id AND duty_cents > 0) > 1 LIMIT 1""",
        mine,
    )[0]
    figures = rows(house, "SELECT record, value_cents, duty_cents FROM tariff WHERE version_id = %s",
                   entry["version_id"])  # fmt: skip
    total = rows(house, "SELECT record, slot, amount_cents FROM fee_total WHERE version_id = %s ORDER BY 1, 2",
                 entry["version_id"])[0]  # fmt: skip
    source = rows(house, "SELECT * FROM transaction WHERE version_id = %s", entry["version_id"])[0]
    with house.client("importer") as client:
        found = links(client.get(f"/importer/entries/{entry['id']}").text)
        read = [link for link in found if "/records" in link and "columns=" in link]
        for row in figures:
            marked = {
                (span[1], span[2]): re.search(r"<mark>([^<]*)</mark>", client.get(link).text)[1]  # type: ignore[index]
                for link in read
                if f"record={row['record']}&" in link and (span := re.search(r"columns=(\d+)-(\d+)", link))
            }
            assert int(marked["14", "23"] or 0) == row["duty_cents"], "columns 14 to 23 of a 50 record are its duty"
            assert int(marked["25", "34"]) * 100 == row["value_cents"], "columns 25 to 34 its value in whole dollars"
        assert any(f"record={total['record']}&" in link for link in read)
        page = client.get(f"/importer/entries/{entry['id']}/records").text
        assert page.count('class="tw-line"') == source["last_record"] - source["record"] + 1
        for bad in ("record=9999999&columns=1-2", "record=1&columns=1-999", "record=x&columns=y", "version=1"):
            answer = client.get(f"/importer/entries/{entry['id']}/records?{bad}")
            assert answer.status_code in (200, 404) and "<mark>" not in answer.text, bad


def test_who_sees_no_money_sees_no_amount_anywhere(house: Portal, mine: int) -> None:
    amounts = {
        money(cents)
        for row in rows(
            house,
            """SELECT due_cents AS a, due_cents AS b FROM statement_entry p JOIN entry_summary_version v
                ON v.id = p.version_id WHERE importer_account_id = %s
            UNION SELECT value_cents, duty_cents FROM tariff t JOIN entry_summary_version v ON v.id = t.version_id
                WHERE importer_account_id = %s
            UNION SELECT total_fee_cents, total_duty_cents FROM entry_summary_version WHERE importer_account_id = %s
            UNION SELECT value_cents, total_cents FROM filing WHERE account_id = %s
            UNION SELECT value_cents, duty_cents FROM account_month WHERE account_id = %s""",
            mine, mine, mine, mine, mine,
        )
        for cents in (row["a"], row["b"])
        if cents and cents >= 1_000_00
    }  # fmt: skip
    assert len(amounts) > 20
    with house.client("importer") as client:
        seen = crawl(client)
        assert any(amount in answer.text for amount in amounts for answer in seen.values())
        files = [address for address in seen if "/file?" in address or "/records" in address or "statement-files" in
                 address]  # fmt: skip
    assert len(files) > 3
    with house.client("reader") as client:
        for address, answer in crawl(client, 6).items():
            assert answer.status_code == 200, address
            text = re.sub(r"[\d,.]+ [A-Z]{1,3}</td>", "", answer.text)  # quantities
            for words in OURS:
                text = text.replace(words, "")
            assert not AMOUNT.search(text), (address, AMOUNT.search(text))
            assert not [amount for amount in amounts if amount in text or amount.replace(",", "") in text], address
            no_amounts = "/importer/files" in address and "No file has come from your account yet" in text
            assert no_amounts or "not shown" in text or "not available" in text or "Nothing" in text, address
        for address in files:
            assert client.get(address).status_code == 403, address
        answer = client.get("/importer/entries?least=1000")
        assert answer.status_code == 422 and "cannot be searched" in answer.text
        assert client.get("/importer/entries.csv?least=1000").status_code == 422


def test_nothing_of_another_importer_opens_by_its_number(house: Portal, mine: int) -> None:
    with house.client("importer") as client:
        addresses = {
            re.sub(r"\?.*", "", address) if "/file?" not in address else address
            for address in crawl(client)
            if re.search(r"/\d+", address)
        }
    owned = rows(house, "SELECT statement_id FROM statement_share WHERE account_id = %s",
                 house.accounts["other_importer"])  # fmt: skip
    both = {f"/importer/statements/{row['statement_id']}" for row in owned}
    both |= {f"/importer/statements/{row['parent_id']}" for row in rows(
        house,
        "SELECT DISTINCT parent_id FROM statement JOIN statement_share k ON k.statement_id = id"
        " WHERE account_id = %s",
        house.accounts["other_importer"])}  # fmt: skip
    assert len(addresses) > 10
    with house.client("other_importer") as client:
        for address in sorted(addresses - both):
            if "/next/" not in address:
                assert client.get(address).status_code == 404, address
        for address in ("entries/99999999999999999999", "statements/x", "filings/-1/file"):
            assert client.get(f"/importer/{address}").status_code in (404, 422)


def test_the_forms_of_a_filing_are_the_bytes_that_were_filed(house: Portal, mine: int) -> None:
    (filing,) = rows(house, "SELECT id FROM filing WHERE account_id = %s", mine)
    with house.client("importer") as client:
        assert f"/importer/filings/{filing['id']}" in client.get("/importer/filings").text
        text = client.get(f"/importer/filings/{filing['id']}").text
        for file in rows(house, "SELECT * FROM filing_file WHERE filing_id = %s", filing["id"]):
            address = f"/importer/filings/{filing['id']}/file?name={file['name']}"
            assert address in links(text)
            answer = client.get(address)
            assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
            assert answer.headers["content-disposition"].startswith("attachment")
        assert client.get(f"/importer/filings/{filing['id']}/file?name=../secrets").status_code == 404


def test_what_is_overdue_says_until_when_it_can_be_mended(house: Portal) -> None:
    row = {"due_date": date(2026, 10, 22), "due_cents": 1_000_000_00, "noticed_at": None, "settle_on": None}
    paid_soon, coming = row | {"settle_on": date(2026, 11, 3)}, row | {"due_date": date(2026, 11, 20)}
    viewer = SimpleNamespace(today=date(2026, 11, 3), config=house.config)
    (told,) = overview.overdue(viewer, [row, paid_soon, coming])  # type: ignore[arg-type]
    assert (told["days_late"], told["notice_on"], told["cure_by"]) == (12, date(2026, 11, 1), date(2026, 11, 3))
    assert told["interest_cents"] is None or told["interest_cents"] > 0
    assert overview.overdue(viewer, [coming]) == []  # type: ignore[arg-type]


def month(first: date, entries: int) -> dict[str, Any]:
    return {"account_id": 1, "name": "A", "month": first, "entries": entries}


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (
            date(2026, 9, 30),
            ["2026-09 The month is not closed yet (3 entry", "2026-08 Nothing was entered", "2026-07 "],
        ),
        (
            date(2026, 10, 20),
            ["2026-10 Nothing has been entered in this month yet", "2026-09 The month is being closed"],
        ),
        (date(2026, 10, 21), ["2026-10 Nothing", "2026-09 Not filed (3 entry summaries entered)"]),
    ],
)
def test_a_month_without_a_filing_says_why(today: date, expected: list[str]) -> None:
    filed = [{"account_id": 1, "name": "A", "month": date(2026, 7, 1), "version": v} for v in (2, 1)]
    found = filings.months([*filed], [month(date(2026, 9, 1), 3), month(date(2026, 7, 1), 5)], today)
    told = [f"{row['month']:%Y-%m} {row['why']}" for row in found]
    assert [words[: len(start)] for words, start in zip(told, expected, strict=False)] == expected
    assert [it["version"] for it in found[-1]["versions"]] == [2, 1] and found[-1]["why"] == ""


def test_statements_are_downloaded_as_they_were_delivered(house: Portal) -> None:
    own = rows(house, """SELECT s.id, k.id AS file, k.body FROM statement s
        JOIN delivery d ON d.file_name = s.statement_number || '.P.txt' AND d.account_id = s.importer_account_id
        JOIN acknowledgment k ON k.id = d.acknowledgment_id WHERE s.importer_account_id = ANY(%s)""",
        [house.accounts["importer"], house.accounts["other_importer"]])  # fmt: skip
    assert own
    whose = {row["id"]: name for name in ("importer", "other_importer") for row in rows(
        house, "SELECT id FROM statement WHERE importer_account_id = %s", house.accounts[name])}  # fmt: skip
    for it in own[:3]:
        other = {"importer": "other_importer", "other_importer": "importer"}[whose[it["id"]]]
        with house.client(whose[it["id"]]) as client:
            assert f"/importer/statement-files/{it['file']}" in client.get(f"/importer/statements/{it['id']}").text
            assert client.get(f"/importer/statement-files/{it['file']}").content == bytes(it["body"])
        with house.client(other) as client:
            assert client.get(f"/importer/statement-files/{it['file']}").status_code == 404


# What the database keeps for these pages.

SHARES = """
    SELECT v.importer_account_id, p.statement_id, count(*), sum(p.due_cents)::bigint
    FROM statement_entry p JOIN entry_summary_version v ON v.id = p.version_id
    WHERE v.importer_account_id IS NOT NULL AND p.removed_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2"""
KEPT = "SELECT account_id, statement_id, entries, due_cents FROM statement_share WHERE entries > 0 ORDER BY 1, 2"


def test_the_part_of_each_importer_follows_every_change_of_a_statement(house: Portal) -> None:
    with undone(house) as conn:
        assert conn.execute(SHARES).fetchall() == conn.execute(KEPT).fetchall() != []
        conn.execute("UPDATE statement_entry SET removed_at = now(), removed_by = 'A' WHERE version_id %% 3 = 0", ())
        assert conn.execute(SHARES).fetchall() == conn.execute(KEPT).fetchall()
        conn.execute("UPDATE statement_entry SET due_cents = due_cents + 7")
        conn.execute("DELETE FROM statement_entry WHERE version_id %% 5 = 0", ())
        conn.execute("UPDATE statement_entry SET removed_at = NULL, removed_by = ''")
        assert conn.execute(SHARES).fetchall() == conn.execute(KEPT).fetchall()


def test_months_agree_with_the_filing_to_the_cent(house: Portal) -> None:
    for name in ("importer", "other_importer"):
        filed = rows(house, """SELECT month, entries, value_cents, duty_cents, fee_cents,
            tax_cents + ad_cents + cvd_cents + other_cents AS rest FROM filing WHERE account_id = %s
            AND state = 'filed'""", house.accounts[name])  # fmt: skip
        assert filed
        for it in filed:
            (summed,) = rows(house, """SELECT sum(entries) AS entries, sum(value_cents) AS value_cents,
                sum(duty_cents) AS duty_cents, sum(fee_cents) AS fee_cents, sum(tax_cents) AS rest
                FROM account_month WHERE account_id = %s AND month = %s""",
                house.accounts[name], it.pop("month"))  # fmt: skip
            assert {key: int(value) for key, value in summed.items()} == it


CELLS = """SELECT account_id, month, filer_code, port, origin, chapter, entries, lines, value_cents, duty_cents,
    fee_cents, tax_cents FROM account_month ORDER BY 1, 2, 3, 4, 5, 6"""
KEYS = "SELECT importer_account_id, kind, value, entry_summary_id FROM entry_key ORDER BY 1, 2, 3, 4"


def test_only_what_was_touched_is_made_anew_and_it_is_as_if_all_was(house: Portal, mine: int) -> None:
    later = house.house.now.replace(year=2027)
    with undone(house) as conn:
        conn.execute(
            "UPDATE account_month SET value_cents = -1 WHERE account_id = %s", [house.accounts["other_importer"]]
        )
        (touched,) = conn.execute("SELECT max(id) FROM entry_summary WHERE importer_account_id = %s", [mine]).fetchone()
        conn.execute("UPDATE entry_summary SET status = 'deleted', changed_at = %s WHERE id = %s", [later, touched])
        conn.execute("UPDATE account_month SET made_at = %s", [later.replace(year=2026, month=12)])
        done = sums.refresh(conn, later)
        assert done.entries == 1
        assert conn.execute("SELECT FROM account_month WHERE value_cents = -1").fetchall(), "others are left alone"
        conn.execute("DELETE FROM account_month WHERE account_id <> %s", [mine])
        found = conn.execute(CELLS).fetchall(), conn.execute(KEYS).fetchall()
        conn.execute("DELETE FROM account_month")
        conn.execute("DELETE FROM entry_key")
        sums.refresh(conn, later)
        conn.execute("DELETE FROM account_month WHERE account_id <> %s", [mine])
        assert (conn.execute(CELLS).fetchall(), conn.execute(KEYS).fetchall()) == found
