"""The rules on export filings as a page (generates the tables of ``docs/exports.md``).

``python -m transforms.export.catalogue`` writes them between their marks; a test asserts that the page is current.
"""

from __future__ import annotations

from pathlib import Path

from transforms.export import lists, registry, rules

PAGE = Path(__file__).parents[2] / "docs" / "exports.md"
RULES, USAGE, CODES = "rules", "usage", "codes"


def page(text: str) -> str:
    """The page with its generated tables made anew."""
    for name, lines in ((USAGE, _usage()), (RULES, _rules()), (CODES, _codes())):
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = "\n".join([before + begin, "", *lines, "", end + after])
    return text


def _usage() -> list[str]:
    out = ["| what | where | codes | after |", "|---|---|---|---|"]
    for row in lists.table("usage.csv"):
        where = f"{row['segment']}{int(row['element']):02}"
        codes = " ".join(f"`{code}`" for code in row["codes"].split())
        out.append(
            f"| {row['meaning'].replace('.', ': ', 1).replace('_', ' ')} | {where} | {codes} | {row['source']} |"
        )
    return out


def _rules() -> list[str]:
    assert rules.__all__
    out = ["| code | severity | what holds | for | with | where it stands |", "|---|---|---|---|---|---|"]
    for it in sorted(registry.REGISTRY, key=lambda it: it.code):
        told = registry.codes()[it.code]
        actions = "any" if it.actions == registry.ANY else " ".join(it.actions)
        needs = " ".join(f"`{name}`" for name in it.needs)
        out.append(f"| {it.code} | {told.kind} | {it.why} | {actions} | {needs} | {it.source} |")
    return out


def _codes() -> list[str]:
    out = ["| code | severity | text | published | after |", "|---|---|---|---|---|"]
    for code, it in sorted(registry.codes().items()):
        out.append(f"| {code} | {it.kind} | {it.narrative} | {it.published} | {it.source} |")
    return out


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
