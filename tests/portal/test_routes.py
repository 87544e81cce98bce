"""Every route is for somebody: named, enumerated, and tried by everybody."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Route

from portal.forms import checked
from portal.viewer import For
from tests.portal.conftest import PEOPLE, Portal

#: A person -> what they are.
PERSONA = {"importer": "importer", "other_importer": "importer", "reader": "importer", "broker": "broker",
           "other_broker": "broker", "exporter": "exporter",
           "officer": "officer", "operations": "operations", "nobody": ""}  # fmt: skip
READERS = ("reader",)


def routes(portal: Portal) -> list[APIRoute]:
    return [route for route in portal.app.routes if isinstance(route, APIRoute)]


def dependencies(dependant: Dependant) -> list[Any]:
    found = []
    for part in dependant.dependencies:
        found += [part.call, *dependencies(part)]
    return found


def meant(route: APIRoute) -> For:
    return next(call for call in dependencies(route.dependant) if isinstance(call, For))


def test_every_route_says_whom_it_is_for(portal: Portal) -> None:
    assert len(routes(portal)) > 10
    for route in routes(portal):
        said = [call for call in dependencies(route.dependant) if isinstance(call, For)]
        assert len(said) == 1, f"{route.path} names nobody, or several"
    others = [route.path for route in portal.app.routes if not isinstance(route, APIRoute)]
    assert others == ["/static/{path:path}"] and all(isinstance(r, (APIRoute, Route)) for r in portal.app.routes)


def test_whatever_changes_something_asks_for_a_proof(portal: Portal) -> None:
    for route in routes(portal):
        assert route.methods <= {"GET", "POST"} and len(route.methods) == 1
        if "POST" in route.methods:
            assert checked in dependencies(route.dependant), f"{route.path} takes foreign forms"


@pytest.mark.parametrize("person", ["", *PEOPLE])
def test_every_route_refuses_who_it_is_not_for(portal: Portal, person: str) -> None:
    """Deny by default: what is for others answers 401, 403 or the way to sign in, and never a page."""
    with portal.client(person) as client:
        for route in routes(portal):
            said = meant(route)
            allowed = said.anybody or (person and (not said.personas or PERSONA[person] in said.personas))
            if allowed:
                continue
            path = route.path
            for name in route.param_convertors:
                path = path.replace("{" + name + "}", "1")
            answer = client.request(next(iter(route.methods)), path)
            if person:
                assert answer.status_code == 403, f"{person} at {route.path}: {answer.status_code}"
            else:
                assert answer.status_code in (401, 403) or answer.headers["location"] == "/sign-in", route.path
