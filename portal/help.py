"""Help, in words: what each page answers, and what people ask."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from portal.pages import page
from portal.viewer import For, viewer_of

router = APIRouter()

#: Persona -> who that is, (address, name, what the page answers), (question, answer).
WORDS: dict[str, tuple[str, list[tuple[str, str, str]], list[tuple[str, str]]]] = {
    "importer": (
        "Importers",
        [
            ("/importer", "Home", "What do I owe, when, and why? How does my account stand?"),
            ("/importer/statements", "Statements", "What is on each bill, down to the line of each entry?"),
            ("/importer/entries", "Entries", "Which entries were filed on my number, by whom, and how do they stand?"),
            ("/importer/invoices", "Invoices", "What do my suppliers' invoices say that was declared otherwise?"),
            ("/importer/filings", "Monthly filings", "What was filed for my account for a month, and did it change?"),
            ("/importer/charts", "Charts", "How did value, duty and the rate of duty move over the months?"),
            ("/importer/reconcile", "Reconcile", "Does my own ledger agree with customs, line by line?"),
            ("/importer/authorities", "Who acts for me", "Who may file for me or see my filings, and until when?"),
            ("/importer/files", "My files", "What became of the files I sent myself, as invoices in X12?"),
            ("/importer/alerts", "Alerts", "What should I look at: unknown filers, late payments?"),
            ("/importer/log", "Who looked", "Who saw my data or changed something, officers included?"),
        ],
        [
            ("A broker that I do not know filed on my number.",
             "Open the alert. Give the broker an authority if it acts for you; if not, tell customs there."),
            ("My broker does not see the entries of my other broker.",
             "Give it the authority to see all filings on your number. Amounts are shown only if you say so."),
            ("Why does a statement differ from what I expected?",
             "Open the statement, then the entry: its versions show what was changed, when and by whom. Reconcile your "
             "ledger to find all differences at once."),
            ("Is my ledger kept when I send it?", "No. Only the result is, encrypted, for your session."),
        ],
    ),
    "exporter": (
        "Exporters",
        [
            ("/exporter", "Home", "What was filed in my name this month, and what has somebody to mend?"),
            ("/exporter/filings", "Filings", "Which filings were rejected, accepted, cancelled, and what do they say?"),
            ("/exporter/agents", "Who files for me", "Which agents file in my name, since when, and may they?"),
            ("/exporter/files", "My files", "What became of the files I sent myself?"),
            ("/exporter/statements", "Statements", "What left in a month, as a file for my books or for drawback?"),
            ("/importer/authorities", "Who may file", "To whom have I given the right to file, until when?"),
            ("/importer/log", "Who looked", "Who saw my data or changed something, officers included?"),
        ],
        [
            ("A filing was rejected.", "Open it: each reason names the field, what it said, and how to mend it. The "
             "agent that sent it sends it again; you have it here when it is accepted."),
            ("I need proof that a shipment was filed.", "Open the filing, then its proof: it carries the citation with "
             "the internal transaction number, to be printed."),
            ("An agent that I do not know files in my name.", "Open it under Who files for me and tell customs. "
             "Without an authority of yours its filings are rejected."),
        ],
    ),
    "broker": (
        "Brokers",
        [
            ("/broker", "My files", "Which of my files were taken, answered, or wait, and since when?"),
            ("/broker/filings", "My filings", "Which filings were accepted or rejected, and why?"),
            ("/broker/exports", "Exports", "Which export filings I sent were accepted, and what is to be mended?"),
            ("/broker/invoices", "Invoices", "Where does an invoice differ from what I declared?"),
            ("/broker/authorities", "Authorities I hold", "For whom may I file, whose filings do I see, until when?"),
            ("/broker/month", "Month close", "How does each client's month stand?"),
            ("/broker/partner", "X12 profile", "What is agreed about X12, and which control numbers are missing?"),
        ],
        [
            ("A file was rejected.", "Open it: each rejected record is shown with the columns that are wrong. Resend "
             "only what failed."),
            ("I sent the same file twice.", "You get the same answer again, and nothing is filed twice."),
            ("I see entries of a client without amounts.", "The client's authority leaves them out. Ask the client."),
        ],
    ),
    "officer": (
        "Officers",
        [
            ("/officer", "Queue", "What deserves my time this morning, and why?"),
            ("/officer/accounts", "Accounts", "What is the whole picture of an account?"),
            ("/officer/entries", "Entries", "What was filed, and what changed between versions?"),
            ("/officer/exports", "Exports", "What was filed for export, and what of it was refused?"),
            ("/officer/invoices", "Invoices", "Where does an invoice differ from what was declared?"),
            ("/officer/applications", "Applications", "Who asks for an account, and is there room?"),
        ],
        [("Does the account see that I looked?", "Yes. Every look stands in its log, with your name.")],
    ),
    "operations": (
        "Operations",
        [
            ("/operations", "Conservation", "Is everything that was received answered, set aside, or in flight?"),
            ("/operations/stuck", "Oldest", "What waits longest in each stage?"),
            ("/operations/answers", "Answers", "Which answers are overdue?"),
        ],
        [("Do I see entries?", "No: files and counts only.")],
    ),
}  # fmt: skip
#: What everybody asks.
COMMON = [
    ("I cannot sign in.", "Too many wrong passwords or codes lock you out for 15 minutes. Without your authenticator, "
     "use one of your recovery codes in place of the code. If those are lost too, the operator of this system starts "
     "your sign-in over."),
    ("Who gives me access?", "The owner of your firm's account, under “Users and sub-accounts”: you get a link."),
    ("Somebody left the firm.", "The owner or a proxy owner ends the role there; the sessions end at once."),
    ("I should not see amounts, or should.", "The owner decides it for each user, under “Users and sub-accounts”."),
    ("What do the times mean?", "Business dates and times are those of New York."),
]  # fmt: skip


@router.get("/help", dependencies=[Depends(For(anybody=True))])
def shown(request: Request) -> Response:
    viewer = viewer_of(request)
    mine = viewer.persona if viewer and viewer.session.factor_at else ""
    order = sorted(WORDS, key=lambda persona: persona != mine)
    return page(request, "help.html", parts=[(key, *WORDS[key]) for key in order], common=COMMON, mine=mine)
