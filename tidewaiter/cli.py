"""The command line. Each command imports only what it needs, so that `check` starts in about the time pandas takes."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

#: As in ``loaders.schema.portal``, which is not imported for the sake of a fast start.
ROLES = ("owner", "proxy_owner", "editor", "reader", "officer", "operations")


def parser() -> argparse.ArgumentParser:
    """The command line as data; `docs/cli.md` is generated from it."""
    top = argparse.ArgumentParser(prog="tidewaiter", description="An open customs account system.")
    top.add_argument("--home", metavar="DIR", help="home folder (default: $TIDEWAITER_HOME, else .home)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, words: str, under: argparse._SubParsersAction = commands) -> argparse.ArgumentParser:
        return under.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")

    it = command("init", "make a home: settings, keys, database, the demonstration reference tables")
    it.add_argument("--database-url", default="", metavar="URL", help="a PostgreSQL server (default: embedded)")
    it.add_argument("--bare", action="store_true", help="load no reference tables")

    command("up", "run everything until Ctrl-C: PostgreSQL, the SFTP server, the portal, Airflow")
    command("portal", "run the portal alone until Ctrl-C, for a home whose database is up, or with the embedded one")

    it = command("demo", "live through a past month and today in a throw-away home, print both, leave nothing running")
    it.add_argument("--files", type=int, default=12, metavar="N", help="files to send today (default 12)")
    it.add_argument("--seed", type=int, default=1, metavar="N", help="seed of what is generated (default 1)")
    it.add_argument("--keep", metavar="DIR", help="use this home and keep it")
    it.add_argument("--stay", action="store_true", help="stay up until Ctrl-C, to look at the portal")

    it = command("check", "check files without a server: the answer on stdout, each fault in words on stderr")
    it.add_argument("files", nargs="+", metavar="FILE", help="an EDI file, or - for standard input")
    it.add_argument(
        "--as-of", type=date.fromisoformat, metavar="DATE", help="business date to check on (default: today)"
    )
    it.add_argument("--json", action="store_true", help="everything as one JSON document on stdout")
    it.add_argument("--with-accounts", metavar="SENDER", help="check as this sender, with the home's real accounts")
    it.add_argument(
        "--into", type=Path, metavar="DIR", help="write the answers into this folder, called as in an outbox"
    )

    it = command("process", "take a file as if it had come over SFTP: archive, check, load, answer")
    it.add_argument("file", metavar="FILE", help="an EDI file; its answers are written beside it")
    it.add_argument("--from", dest="sender", required=True, metavar="SENDER", help="number of the sender's account")

    it = command("trace", "every step of a file, an entry or a statement, with times")
    it.add_argument(
        "what",
        metavar="WHAT",
        help="a file name, a sha256 (or its beginning), an entry, statement or account number, an X12 control number, "
        "shipment reference, invoice number or internal transaction number",
    )

    command("partners", "who speaks X12: profiles, the last control numbers both ways, and gaps in those that came")

    it = command("requeue", "put files back that were set aside (quarantine): the next run computes them again")
    it.add_argument("what", nargs="?", default="", metavar="WHAT", help="file name or sha256; without it: list them")

    it = command("reference", "reference tables: load one, or list what is there")
    steps = it.add_subparsers(dest="step", required=True, metavar="STEP")
    load = command("load", "load a table from a CSV file (official exports are recognised)", steps)
    load.add_argument("table", metavar="TABLE", help="name of the table (loaders/reference_tables.csv)")
    load.add_argument("file", type=Path, metavar="FILE", help="the rows, with a line of column names")
    load.add_argument("--replace", action="store_true", help="forget what the file does not name (default: it stays)")
    load.add_argument(
        "--effective",
        type=date.fromisoformat,
        metavar="DATE",
        help="the rows hold from this day on, what stood for the same numbers until the day before",
    )
    command("list", "the snapshot in use, its tables and their rows", steps)

    it = command("statement", "statements: print those of a day or of a month into the outboxes")
    steps = it.add_subparsers(dest="step", required=True, metavar="STEP")
    step = command("daily", "the preliminary daily statements of a print date; what is printed stays as it is", steps)
    step.add_argument("day", type=date.fromisoformat, metavar="DATE", help="the print date, as 2026-09-15")
    step = command("monthly", "the preliminary monthly statements of a month, over its daily ones", steps)
    step.add_argument("day", type=date.fromisoformat, metavar="DATE", help="any day of the statement month")

    it = command("payment", "payment of statements: finals, debits for the bank, money that came in, lateness")
    steps = it.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, words in (
        ("finals", "make final, and send, what is to be final on a day"),
        ("debits", "send the debits due on a day to the bank, as a NACHA file in the home's bank/out"),
        ("late", "mark what was not paid by a day, notice its filers, and record how accounts stand"),
    ):
        step = command(name, words, steps)
        step.add_argument("day", type=date.fromisoformat, metavar="DATE", help="the business day, as 2026-09-15")
    step = command(
        "settle", "record money that came in: what it covers is paid, and its final statements go out", steps
    )
    step.add_argument("file", type=Path, metavar="FILE", help="CSV from the bank (loaders/settlements.py)")
    step = command("returns", "record debits that the bank returned: their statements can be paid anew", steps)
    step.add_argument("file", type=Path, metavar="FILE", help="CSV from the bank (loaders/returns.py)")

    it = command(
        "filing", "file a month for every importer account: what is filed stays, what changed is a new version"
    )
    it.add_argument("month", type=date.fromisoformat, metavar="DATE", help="any day of the month")

    it = command(
        "export-statement",
        "the export activity statement of a month, for every exporter account: what changed is a new version",
    )
    it.add_argument("account", nargs="?", metavar="ACCOUNT", help="number of one exporter account (default: all)")
    it.add_argument("month", type=_month, metavar="YYYY-MM", help="the month in which goods left, as 2026-09")

    it = command("filing-lines", "the records behind a total of a filing: file, record, columns and amount")
    it.add_argument("account", metavar="ACCOUNT", help="number of the importer's account")
    it.add_argument("month", type=date.fromisoformat, metavar="DATE", help="any day of the month")
    it.add_argument("--hts", metavar="NUMBER", help="of this tariff number")
    it.add_argument("--origin", metavar="COUNTRY", help="of this country of origin")
    it.add_argument("--program", metavar="CODE", help="of this special programme")
    it.add_argument("--port", metavar="PORT", help="entered at this port")
    it.add_argument("--filer", metavar="FILER", help="filed by this filer")
    it.add_argument("--entry", metavar="ENTRY", help="of this entry, with or without its filer code")
    it.add_argument("--class", dest="class_code", metavar="CLASS", help="amounts under this accounting class instead")
    it.add_argument("--case", metavar="CASE", help="duty under this antidumping or countervailing case instead")
    it.add_argument("--version", type=int, metavar="N", help="of this version of the filing (default: the last)")
    it.add_argument("--json", action="store_true", help="one JSON document, amounts in cents")

    it = command(
        "tie-out", "whether the account tables hold together: everything that breaks a check; with a page of it"
    )
    it.add_argument(
        "--month", type=date.fromisoformat, metavar="DATE", help="look at what is of this month only (default: all)"
    )

    it = command("queue", "make the officers' queue: what deserves a look, and why")
    it.add_argument("--day", type=date.fromisoformat, metavar="DATE", help="business day (default: today)")
    command("rollup", "add up the months in which something was filed: what the portal's charts and searches read")

    it = command("filing-abi", "a filer's entries of a filing as consolidated entry summaries: an AE batch to transmit")
    it.add_argument("account", metavar="ACCOUNT", help="number of the importer's account")
    it.add_argument("month", type=date.fromisoformat, metavar="DATE", help="any day of the month")
    it.add_argument(
        "filer", metavar="FILER", help="the filer code whose entries these are, and who is to transmit them"
    )
    it.add_argument(
        "--number", type=int, required=True, metavar="N", help="seven digits of the first entry number to use"
    )
    it.add_argument(
        "--print-date", type=date.fromisoformat, metavar="DATE", help="statement print date (default: next working day)"
    )
    it.add_argument("--version", type=int, metavar="N", help="of this version of the filing (default: the last)")
    it.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: this one)")

    it = command("account", "accounts: load them from a file")
    steps = it.add_subparsers(dest="step", required=True, metavar="STEP")
    load = command("load", "load accounts, relationships, identities and transmitters", steps)
    load.add_argument("file", type=Path, metavar="FILE", help="TOML or CSV (loaders/accounts_file.py)")

    it = command("user", "people of the portal: add one, let one in no more, start over for one who lost a factor")
    steps = it.add_subparsers(dest="step", required=True, metavar="STEP")
    add = command("add", "give a person a role for an account; prints a link that invites whoever is new", steps)
    add.add_argument("email", metavar="EMAIL", help="e-mail address, with which the person signs in")
    add.add_argument("name", metavar="NAME", help="name, as pages show it")
    add.add_argument("--account", required=True, metavar="NUMBER", help="number of the account")
    add.add_argument("--role", required=True, choices=ROLES, help="what the person may do for it")
    add.add_argument("--no-money", action="store_true", help="the person sees no amounts")
    disable = command("disable", "let a person in no more; ends their sessions", steps)
    disable.add_argument("email", metavar="EMAIL", help="e-mail address of the person")
    reset = command("reset", "void password, second factors and sessions of a person; prints a new invitation", steps)
    reset.add_argument("email", metavar="EMAIL", help="e-mail address of the person")

    it = command("audit", "the log of who saw or did what in the portal")
    steps = it.add_subparsers(dest="step", required=True, metavar="STEP")
    verify = command("verify", "whether the chain of hashes holds; prints its length and head, to be noted", steps)
    verify.add_argument("--head", default="", metavar="HASH", help="a head noted earlier: whether it is still there")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    args = parser().parse_args(argv)
    try:
        return int(_run(args) or 0)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except Exception as problem:
        if type(problem).__module__.split(".")[0] in OURS or isinstance(problem, OSError) or _unreachable(problem):
            print(f"tidewaiter: {problem}", file=sys.stderr)
            return 2
        raise


def _month(text: str) -> date:
    """A month as 2026-09, or any day of it; its first day."""
    return date.fromisoformat(text if text.count("-") == 2 else f"{text}-01").replace(day=1)


#: Errors of these packages are written for the person at the keyboard; others are bugs and keep their traceback.
OURS = frozenset({"tidewaiter", "loaders", "sftp_drop", "transforms", "parsers"})


def _unreachable(problem: Exception) -> bool:
    """Whether the database is not there; told without importing its driver, which `check` does not need."""
    return (type(problem).__module__.split(".")[0], type(problem).__name__) == ("psycopg", "OperationalError")


def _run(args: argparse.Namespace) -> int | None:
    match args.command:
        case "check":
            from tidewaiter import check

            return check.command(args)
        case "init":
            from tidewaiter import start

            start.initialise(args.home, database_url=args.database_url, bare=args.bare)
        case "up":
            from tidewaiter import stack

            return stack.up(args.home)
        case "portal":
            from tidewaiter import stack

            return stack.portal(args.home)
        case "user" | "audit":
            from tidewaiter import portal_commands

            return portal_commands.run(args)
        case "demo":
            from tidewaiter import demo

            return demo.run(files=args.files, seed=args.seed, keep=args.keep, stay=args.stay)
        case "payment":
            from tidewaiter import payment_commands

            return payment_commands.run(args)
        case _:
            from tidewaiter import commands

            return commands.run(args)
    return None
