"""Accepted filings as account rows: nothing of a rejected one, everything of an accepted one."""

from transforms import account_rows


def rows(read):
    return account_rows.rows(read.es, read.dispositions, read.parsed)


def test_only_accepted_adds_and_replacements_leave_rows(make):
    sent = (make.summary(), make.summary("00001236"), make.summary(make.numbers[1], "R"), make.summary(action="D"))
    tables = rows(make.judge(make.batch(make.block(*sent))))
    assert {txn for table in tables.values() for txn in table["txn"]} == {0, 2}
    version = tables["entry_summary_version"]
    assert list(version["entry_number"]) == [make.numbers[0], make.numbers[1]]
    assert list(version["version_number"]) == ["00100", "00100"]
    assert not [name for name in version if name.startswith(("row_", "is_"))]


def test_lines_tariffs_and_groups_are_numbered_within_their_summary(make):
    filing = make.summary(make.numbers[1])
    line, tariff = filing[6:13], filing[10]
    filing[11:11] = [tariff.replace("8708998180", "8708998190")]
    filing[14:14] = [record.replace("40  001", "40  002") for record in line]
    read = make.judge(make.batch(make.block(make.summary(), filing)))
    numbers = account_rows._numbers(read.es)
    assert list(numbers["line"]) == [1, 1, 2]
    assert list(numbers["tariff"]) == [1, 1, 2, 1]
    assert list(numbers["bill_group"]) == [1, 1]


def test_fees_keep_their_kind_and_cents(make):
    tables = rows(make.judge(make.batch(make.block(make.summary()))))
    fees = tables["fee"][["kind", "line", "slot", "class_code", "amount_cents"]]
    assert [tuple(row) for row in fees.itertuples(index=False)] == [
        ("fee", 1, 1, "499", 3464),
        ("fee", 1, 1, "501", 1250),
    ]
    assert list(tables["fee_total"]["slot"]) == [1, 2]
    assert list(tables["remark"]["text"]) == ["BRASS LAMPS"]
    assert list(tables["bill"]["bill_group"]) == [1]


def test_every_row_names_a_record_of_its_own_transaction(make):
    read = make.judge(make.batch(make.block(make.summary(), make.summary(make.numbers[1]))))
    bounds = read.parsed.transactions
    for table in rows(read).values():
        first, last = (bounds[name].to_numpy()[table["txn"]] for name in ("first", "last"))
        assert ((table["row"] >= first) & (table["row"] < last)).all()
