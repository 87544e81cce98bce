"""The accounts file, and who may send what."""

from __future__ import annotations

from datetime import date

import pytest

from loaders import accounts, passwords, payer_units, statement_settings
from loaders.x12 import partners

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake ops"
TOML = f"""
[[account]]
number = "B1"
kind = "broker"
name = "Harbor Brokers"
identifier = "ZZZ"
check_digit_offset = 3
[[account]]
number = "I2"
kind = "importer"
name = "Daughter"
identifier = "12-3456789AC"
parent = "I1"
[[account]]
number = "I1"
kind = "importer"
name = "Mother"
identifier = "12-3456789AB"
[[statement_setting]]
account = "I1"
scope = "national"
port = "2704"
preliminary_day = 9
[[relationship]]
from = "B1"
to = "I1"
sees_money = true
valid_from = 2026-01-01
[[sftp_identity]]
account = "B1"
username = "harbor"
public_key = "{KEY}"
valid_to = "2026-06-30"
[[transmitter]]
account = "B1"
site = "2704"
sender = "MCL"
password = "PASSWD"
[[filer_authority]]
account = "B1"
filer_code = "YYY"
port = "2704"
[[payer_unit]]
account = "I1"
payer_unit = "123456"
routing_number = "021000021"
account_number = "000111222333"
account_kind = "checking"
payer_name = "Mother Inc"
valid_from = "2026-02-01"
[[x12_partner]]
account = "B1"
qualifier = "01"
id = "123456789"
group_id = "HARBOR"
releases = "601=004050 810=004010"
read_as = {{ 004020 = "004010", "005030" = "005010" }}
separators = '*>^\\x15'
strictness = "strict"
[[x12_partner]]
account = "I1"
qualifier = "ZZ"
id = "MOTHER"
payment_advice = true
valid_from = "2026-03-03"
"""
TODAY = date(2026, 3, 2)


def write(folder, text, name="accounts.toml"):
    path = folder / name
    path.write_text(text)
    return path


def everything(conn):
    return [conn.execute(f"SELECT * FROM {t} ORDER BY id").fetchall() for t in accounts.load.__globals__["TABLES"]]


def test_an_accounts_file_says_who_may_send_what(conn, tmp_path):
    counts = accounts.load(conn, write(tmp_path, TOML))
    assert counts == {
        "account": 3,
        "relationship": 1,
        "sftp_identity": 1,
        "transmitter": 1,
        "filer_authority": 1,
        "statement_setting": 1,
        "payer_unit": 1,
        "x12_partner": 2,
    }
    (chosen,) = statement_settings.settings(conn, TODAY).itertuples()
    assert (chosen.number, chosen.scope, chosen.port, chosen.preliminary_day) == ("I1", "national", "2704", 9)
    access = accounts.access(conn, [accounts.find(conn, "harbor", TODAY)], TODAY)
    assert access.accounts[["number", "kind", "status"]].values.tolist() == [["B1", "broker", "active"]]
    assert access.filers.values.tolist() == [["ZZZ", 3]]
    assert access.authorities.drop(columns="account_id").values.tolist() == [["YYY", "2704", ""], ["ZZZ", "", ""]]
    (transmitter,) = access.transmitters.itertuples()
    assert access.verify("PASSWD", transmitter.password_hash)
    assert not access.verify("passwd", transmitter.password_hash)
    assert "PASSWD" not in transmitter.password_hash
    parent = conn.execute("SELECT p.number FROM account a JOIN account p ON p.id = a.parent_id WHERE a.number = 'I2'")
    assert parent.fetchone() == ("I1",)
    named = accounts.named(conn, ["12-3456789AB", "ZZZ", "nobody"])
    assert named[["kind", "number"]].values.tolist() == [["importer", "I1"], ["broker", "B1"]]


def test_x12_partners_are_read_as_they_hold_on_a_day(conn, tmp_path):
    accounts.load(conn, write(tmp_path, TOML))
    (one,) = partners.all_(conn, TODAY)
    assert (one.account, one.qualifier, one.identifier, one.own_group_id) == ("B1", "01", "123456789", "HARBOR")
    assert one.releases == {"601": "004050", "810": "004010"} and one.separators == "*>^\x15" and one.strict
    assert (one.acknowledgment, one.status_messages, one.payment_advice) == ("auto", "ax", False)
    assert one.read_as == {"004020": "004010", "005030": "005010"}
    later = partners.all_(conn, date(2026, 3, 3))
    assert [(it.identifier, it.payment_advice, it.strict) for it in later] == [
        ("123456789", False, True), ("MOTHER", True, False)]  # fmt: skip
    assert partners.of(conn, [accounts.find(conn, "I1")], TODAY) == []


def test_loading_twice_changes_nothing(conn, tmp_path):
    path = write(tmp_path, TOML)
    accounts.load(conn, path)
    before = everything(conn)
    accounts.load(conn, path)
    assert everything(conn) == before


def test_csv_says_the_same(conn, tmp_path):
    lines = [
        "table,number,kind,name,identifier,account,site,sender,password,username,public_key,qualifier,id,read_as",
        "account,B1,broker,Harbor Brokers,ZZZ,,,,,,",
        "transmitter,,,,,B1,2704,MCL,PASSWD,,",
        f"sftp_identity,,,,,B1,,,,harbor,{KEY}",
        "x12_partner,,,,,B1,,,,,,01,123456789,004020=004010 003060=004010",
    ]
    accounts.load(conn, write(tmp_path, "\n".join(lines), "accounts.csv"))
    access = accounts.access(conn, [accounts.find(conn, "B1")], TODAY)
    assert access.transmitters[["site", "sender"]].values.tolist() == [["2704", "MCL"]]
    assert partners.all_(conn, TODAY)[0].read_as == {"004020": "004010", "003060": "004010"}


def test_dates_bound_what_holds(conn, tmp_path):
    accounts.load(conn, write(tmp_path, TOML))
    assert [i.username for i in accounts.identities(conn, TODAY)] == ["harbor"]
    assert accounts.identities(conn, date(2026, 7, 1)) == []
    with pytest.raises(accounts.UnknownAccount):
        accounts.find(conn, "harbor", date(2026, 7, 1))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '[[account]]\nnumber="A"\nkind="shipper"\nname="x"',
            "[[account]] 1: kind 'shipper', expected one of importer",
        ),
        ('[[account]]\nnumber="A"\nkind="broker"', "[[account]] 1: name is missing"),
        ('[[account]]\nnumber="A"\nkind="broker"\nname="x"\nparent="Z"', "parent 'Z' is no account of this file"),
        ('[[acount]]\nnumber="A"', "no table 'acount', expected one of account"),
        ('[[account]]\nnumber="A"\nkind="broker"\nname="x"\ncolour="red"', "no column 'colour'"),
        (
            '[[account]]\nnumber="A"\nkind="broker"\nname="x"\n[[x12_partner]]\naccount="A"\nqualifier="Z"\nid=" "',
            "[[x12_partner]] 1: qualifier 'Z', expected two digits",
        ),
        (
            '[[account]]\nnumber="A"\nkind="broker"\nname="x"\n[[x12_partner]]\naccount="A"\nqualifier="ZZ"\nid="A"\n'
            'separators="**>~"',
            "separators '**>~', expected four different characters",
        ),
        (
            '[[account]]\nnumber="A"\nkind="broker"\nname="x"\n[[x12_partner]]\naccount="A"\nqualifier="ZZ"\nid="A"\n'
            "separators='*\\x1f^~'",
            "expected a component and a repetition separator that can be printed",
        ),
        (
            '[[account]]\nnumber="A"\nkind="broker"\nname="x"\n[[x12_partner]]\naccount="A"\nqualifier="ZZ"\nid="A"\n'
            'releases="810:4010"',
            "releases '810:4010', expected a set and its release",
        ),
        (
            '[[account]]\nnumber="A"\nkind="broker"\nname="x"\n[[x12_partner]]\naccount="A"\nqualifier="ZZ"\nid="A"\n'
            'status_messages="AX"',
            "status_messages 'AX', expected one of ax, 350",
        ),
        *(
            (
                '[[account]]\nnumber="A"\nkind="broker"\nname="x"\n[[x12_partner]]\naccount="A"\nqualifier="ZZ"\nid="A"\n'
                f"read_as={written}",
                fault,
            )
            for written, fault in (
                ('{"004020"="003040"}', "expected 004020 to be read as one of 004010, 004050, 005010: there are no"),
                ('"004020="', "there are no maps of nothing"),
                ('{"004050"="004010"}', "a release that has no maps of its own: 004050 is read as it is"),
                ('{"4020"="004010"}', "expected a release of six digits"),
                ('"004020=004010 004020=004050"', "expected each release once"),
            )
        ),
        ("account = 1", "account: expected an array of tables, [[account]]"),
        ("[[account", "not TOML"),
        ('[[relationship]]\nfrom="A"\nto="B"\nvalid_from="soon"', "valid_from 'soon', expected a date as 2026-01-31"),
        ('[[sftp_identity]]\naccount="A"\nusername="../x"\npublic_key="ssh-ed25519 AAAA"', "'../x', expected a-z"),
        (
            '[[account]]\nnumber="A"\nkind="broker"\nname="x"\nidentifier="Z"\n'
            '[[account]]\nnumber="B"\nkind="broker"\nname="x"\nidentifier="Z"',
            "already exists",
        ),
    ],
)
def test_faults_are_named_and_nothing_is_loaded(conn, tmp_path, text, fault):
    with pytest.raises(accounts.AccountsError) as caught:
        accounts.load(conn, write(tmp_path, text))
    assert fault in str(caught.value)
    assert conn.execute("SELECT count(*) FROM account").fetchone() == (0,)


def test_a_hash_is_salted_and_rubbish_never_matches():
    assert passwords.hashed("a") != passwords.hashed("a")
    assert passwords.verify("ä€", passwords.hashed("ä€"))
    for kept in ("", "a", "scrypt$1$2$3$4$5", "scrypt$16384$8$1$$", "md5$16384$8$1$YQ==$YQ=="):
        assert not passwords.verify("a", kept)


def test_a_payer_unit_is_of_its_owner_the_accounts_below_and_its_days(conn, tmp_path):
    accounts.load(conn, write(tmp_path, TOML))
    new = """
[[payer_unit]]
account = "B1"
payer_unit = "123456"
routing_number = "011000015"
account_number = "9"
account_kind = "savings"
payer_name = "Harbor"
valid_from = "2026-03-01"
"""
    accounts.load(conn, write(tmp_path, new))
    found = [
        payer_units.payer_units(conn, ["123456", "1"], day) for day in (date(2026, 1, 31), date(2026, 2, 1), TODAY)
    ]
    owners = [sorted((it.kind, it.identifier) for it in rows.itertuples()) for rows in found]
    assert owners == [[], [("importer", "12-3456789AB"), ("importer", "12-3456789AC")], [("broker", "ZZZ")]]
    assert found[2]["routing_number"].tolist() == ["011000015"]


def test_a_bank_account_that_cannot_be_is_refused_and_its_number_not_repeated(conn, tmp_path):
    wrong = (
        TOML.replace('"021000021"', '"021000022"')
        .replace("000111222333", "0001112223334445556")
        .replace('"checking"', '"current"')
    )
    with pytest.raises(accounts.AccountsError) as told:
        accounts.load(conn, write(tmp_path, wrong))
    for fault in (
        "routing_number '021000022', expected nine digits",
        "account_number of 19 characters, expected 1 to 17",
        "account_kind 'current', expected one of checking",
    ):
        assert f"[[payer_unit]] 1: {fault}" in str(told.value)
    assert "0001112223" not in str(told.value)
