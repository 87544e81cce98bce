"""Who sees the officers' queue (officers), and what an applicant hears of the test's places without signing in."""

from __future__ import annotations

from loaders.migrations.policies_0007 import ROLE
from loaders.migrations.reading import closed, opened

READ = dict.fromkeys(("queue_run", "queue_item"), "(SELECT portal_is('officer'))")
_FUNCTIONS = {
    # How many accounts the test has taken in (a firm with its sub-accounts is one), and how many applications lie
    # there undecided: numbers only, for whoever applies.
    "portal_places()": """
CREATE FUNCTION portal_places() RETURNS TABLE (holders bigint, received bigint, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT count(*) FROM account WHERE kind <> 'office' AND parent_id IS NULL AND status <> 'applied'),
        (SELECT count(*) FROM application WHERE status = 'received'),
        (SELECT count(*) FROM application WHERE status = 'waiting')
$$""",
    # The application behind a secret link, known by the secret's hash; its place on the waiting list (0: not on it).
    "portal_application(text, timestamptz)": """
CREATE FUNCTION portal_application(wanted text, now timestamptz) RETURNS TABLE (reference text, place bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.reference, CASE WHEN a.status = 'waiting' THEN (SELECT count(*) FROM application w
        WHERE w.status = 'waiting' AND (w.submitted_at, w.id) <= (a.submitted_at, a.id)) ELSE 0 END
    FROM portal_token t JOIN application a ON a.id = t.application_id
    WHERE t.hash = wanted AND t.purpose = 'application' AND t.expires_at > now
$$""",
}
STATEMENTS = [
    *_FUNCTIONS.values(),
    f"REVOKE ALL ON FUNCTION {', '.join(_FUNCTIONS)} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {', '.join(_FUNCTIONS)} TO {ROLE}",
    *opened(READ),
]
UNDONE = [
    *closed(READ),
    f"REVOKE ALL ON queue_run, queue_item FROM {ROLE}",
    f"DROP FUNCTION {', '.join(_FUNCTIONS)}",
]
