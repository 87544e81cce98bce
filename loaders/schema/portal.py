"""The portal: who signs in, for which account, in which role; what officers decide and applicants ask; who saw what.

Keys of the database never identify a firm; in a URL an account is known by its ``public_id``.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, Id, Int, one_of

ROLES = ("owner", "proxy_owner", "editor", "reader", "officer", "operations")
PURPOSES = ("invite", "application", "challenge", "oidc")
USER_STATES = ("invited", "active", "disabled")
FINDINGS = ("clean", "discrepancy")
LANES = ("first", "change", "score", "random")
CHANNELS = ("rule", "score", "random")
APPLICATION_STATES = ("received", "waiting", "qualified", "active", "refused", "withdrawn")


class PortalUser(Base):
    """A person. ``totp_secret`` is encrypted with the portal's own key; ``totp_step`` is the last step that was used,
    so no code counts twice.
    """

    __tablename__ = "portal_user"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="invited")
    password_hash: Mapped[Blank]
    totp_secret: Mapped[Blank]
    totp_step: Mapped[int | None]
    oidc_issuer: Mapped[Blank]
    oidc_subject: Mapped[Blank]
    failures: Mapped[Int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__: Args = (
        CheckConstraint(one_of("status", *USER_STATES), "status"),
        CheckConstraint("email = lower(email)", "email"),
        Index(
            "uq_portal_user_oidc",
            "oidc_issuer",
            "oidc_subject",
            unique=True,
            postgresql_where=text("oidc_subject <> ''"),
        ),
    )


class PortalMembership(Base):
    """What a person may do for an account. ``officer`` and ``operations`` belong to accounts of kind office; an account
    has one owner.
    """

    __tablename__ = "portal_membership"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str]
    sees_money: Mapped[bool] = mapped_column(server_default=text("true"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (
        UniqueConstraint("user_id", "account_id", "role", "valid_from"),
        CheckConstraint(one_of("role", *ROLES), "role"),
        Index(
            "uq_portal_membership_owner",
            "account_id",
            unique=True,
            postgresql_where=text("role = 'owner' AND valid_to IS NULL"),
        ),
    )


class PortalSession(Base):
    """A session, known by the hash of its cookie. ``factor_at``: when the second factor was given (NULL: not yet);
    ``proved_at``: when the person last proved who they are, for what asks for it anew.
    """

    __tablename__ = "portal_session"
    hash: Mapped[str] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"), index=True)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("portal_membership.id"))
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    factor_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    address: Mapped[Blank]
    agent: Mapped[Blank]


class PortalRecoveryCode(Base):
    """One of the codes that stand in for a lost second factor, once."""

    __tablename__ = "portal_recovery_code"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"), index=True)
    hash: Mapped[str]
    used_at: Mapped[datetime | None]


class PortalPasskey(Base):
    """A passkey (WebAuthn credential)."""

    __tablename__ = "portal_passkey"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    name: Mapped[Blank]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PortalToken(Base):
    """What counts once, known by its hash: a link that was sent (to set the first password, to read how an application
    stands), the challenge of a passkey, the state of a sign-in by an identity provider.
    """

    __tablename__ = "portal_token"
    hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("portal_user.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__: Args = (CheckConstraint(one_of("purpose", *PURPOSES), "purpose"),)


class PortalKey(Base):
    """A personal access token for the JSON API: it reads what its person may for one account, until it expires or is
    revoked. Known by its hash.
    """

    __tablename__ = "portal_key"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"), index=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("portal_membership.id"))
    hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Blank]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class PortalThrottle(Base):
    """How often something was done by somebody (``key``) since the beginning of the present window."""

    __tablename__ = "portal_throttle"
    key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    count: Mapped[Int]


class Audit(Base):
    """Who saw or did what, and for whom. Rows are added by the function ``audit_append`` only; each carries the hash of
    the one before it.
    """

    __tablename__ = "audit"
    id: Mapped[Id]
    at: Mapped[datetime]
    user_id: Mapped[int | None]
    account_id: Mapped[int | None]  # whose data it was
    acting_account_id: Mapped[int | None]  # for whom the person acted
    action: Mapped[str]
    subject: Mapped[Blank]
    detail: Mapped[Blank]
    rows: Mapped[int | None]
    address: Mapped[Blank]
    previous: Mapped[str]
    hash: Mapped[str]
    __table_args__: Args = (Index("ix_audit_account", "account_id", "id"), Index("ix_audit_user", "user_id", "id"))


class Application(Base):
    """An application for an account in the test (67 FR 21800): the firm, its owner, its security programme."""

    __tablename__ = "application"
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    identifier: Mapped[str]
    industry: Mapped[Blank]
    owner_name: Mapped[str]
    owner_email: Mapped[str]
    brokers: Mapped[Blank]
    internet: Mapped[bool]
    ctpat: Mapped[bool]
    ctpat_number: Mapped[Blank]
    ctpat_tier: Mapped[Int | None]
    evidence: Mapped[Blank]
    status: Mapped[str] = mapped_column(server_default="received")
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("portal_user.id"))
    reason: Mapped[Blank]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    __table_args__: Args = (
        CheckConstraint(one_of("status", *APPLICATION_STATES), "status"),
        CheckConstraint(one_of("kind", "importer", "exporter", "broker"), "kind"),
    )


class Decision(Base):
    """What an officer decided of an account or an entry summary, and why: never without a reason, never changed."""

    __tablename__ = "decision"
    id: Mapped[Id]
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    entry_summary_id: Mapped[int | None] = mapped_column(ForeignKey("entry_summary.id"), index=True)
    result: Mapped[str]
    reason: Mapped[str]
    reasons_shown: Mapped[Blank]  # what the queue said when it was decided
    queue_item_id: Mapped[int | None] = mapped_column(ForeignKey("queue_item.id"))
    chosen_by: Mapped[Blank]  # rule, score or random; blank: an officer's own idea
    finding: Mapped[Blank]
    __table_args__: Args = (
        CheckConstraint(one_of("finding", "", *FINDINGS), "finding"),
        CheckConstraint(
            one_of(
                "result", "release", "documents", "examine", "reject", "no_action", "qualify", "activate", "suspend"
            ),
            "result",
        ),
        CheckConstraint("reason <> ''", "reason"),
    )


class ActivityNote(Base):
    """An entry of an account's activity log: what customs and the firm told each other. Internal ones stay inside."""

    __tablename__ = "activity_note"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"))
    words: Mapped[str]
    internal: Mapped[bool] = mapped_column(server_default=text("false"))


class ActionPlan(Base):
    """A step of an account's action plan."""

    __tablename__ = "action_plan"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    step: Mapped[str]
    responsible: Mapped[Blank]
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default="open")
    created_by: Mapped[int] = mapped_column(ForeignKey("portal_user.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__: Args = (CheckConstraint(one_of("state", "open", "done", "dropped"), "state"),)


class Portfolio(Base):
    """The accounts an officer looks after."""

    __tablename__ = "portfolio"
    user_id: Mapped[int] = mapped_column(ForeignKey("portal_user.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)


class QueueRun(Base):
    """One making of the officers' queue: of which business day, from how many entry summaries and accounts, by which
    version of the rules and with which settings (JSON).
    """

    __tablename__ = "queue_run"
    id: Mapped[Id]
    day: Mapped[date]
    made_at: Mapped[datetime]
    version: Mapped[str]
    settings: Mapped[str]
    entries: Mapped[Int]
    accounts: Mapped[Int]


class QueueItem(Base):
    """What a run put before officers: an account, or an entry summary of it. ``chosen_by`` says whether a rule, the
    score or chance did; ``reasons`` (JSON) is what the officer reads. Never shown to an importer.
    """

    __tablename__ = "queue_item"
    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("queue_run.id"))
    ordinal: Mapped[Int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    entry_summary_id: Mapped[int | None] = mapped_column(ForeignKey("entry_summary.id"), index=True)
    port: Mapped[Blank]
    lane: Mapped[str]
    chosen_by: Mapped[str]
    score: Mapped[Int]
    reasons: Mapped[str]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("portal_user.id"))
    __table_args__: Args = (
        UniqueConstraint("run_id", "ordinal"),
        CheckConstraint(one_of("lane", *LANES), "lane"),
        CheckConstraint(one_of("chosen_by", *CHANNELS), "chosen_by"),
    )


class AccountMonth(Base):
    """An importer account's month by filer, origin and tariff chapter: what charts and the officer's queue read.
    Derived from present versions; made anew for an account and month whenever something was filed in it. An entry
    summary counts once, with its fees and taxes, in the cell of its first line; value and duty are those of the lines.
    """

    __tablename__ = "account_month"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    filer_code: Mapped[str] = mapped_column(primary_key=True)
    port: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    chapter: Mapped[str] = mapped_column(primary_key=True)
    entries: Mapped[Int]
    lines: Mapped[Int]
    value_cents: Mapped[int]
    duty_cents: Mapped[int]
    fee_cents: Mapped[int]
    tax_cents: Mapped[int] = mapped_column(server_default="0")  # taxes, AD/CVD deposits and other revenue
    made_at: Mapped[datetime]
