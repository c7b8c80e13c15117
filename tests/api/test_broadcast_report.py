"""What the city's viewers learn of broadcasts: persons by language, and no number behind which few persons stand."""

from collections.abc import Mapping
from typing import Any, Final

from models.key_person import ContactPurpose
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import done, faults

REPORT: Final = "/v1/reports/broadcasts"
YEAR: Final = {"from": "2025-04-01", "to": "2026-03-31"}


def write(office: Client, *languages: str) -> list[dict[str, Any]]:
    """Send a warning in these languages, and return its letters."""
    texts = {tag: {"title": "防災", "text": "訓練があります。"} for tag in languages}
    sent = done(office.post("/v1/broadcasts", json={"purpose": "disaster", "texts": texts}), 201)
    done(office.post(f"/v1/broadcasts/{sent['id']}/send"))
    letters: list[dict[str, Any]] = done(office.get(f"/v1/broadcasts/{sent['id']}/deliveries"))["items"]
    return letters


def settle(make: Make, **counts: int) -> None:
    for tag, count in counts.items():
        for _ in range(count):
            make.key_person(make.volunteer(), languages=(tag,))


def read(office: Client, letters: list[dict[str, Any]]) -> None:
    for one in letters:
        called = {"of": one["volunteer_id"], "channel": "phone", "at": "2025-11-10T09:00:00+09:00"}
        done(office.post(f"/v1/broadcast-deliveries/{one['id']}/acknowledge", json={"on_behalf": called}))


def figures(caller: Client, **asked: str) -> dict[str, tuple[Any, ...]]:
    report = done(caller.get(REPORT, params=YEAR | asked))
    rows: list[Mapping[str, Any]] = [*report["groups"], {"key": "total", **report["total"]}]
    return {row["key"]: (row["messages"], row["recipients"], row["acknowledged"]) for row in rows}


def test_viewers_cannot_take_one_audience_from_the_other(viewer: Client) -> None:
    said = viewer.get(REPORT, params={**YEAR, "audience": "envoys"})
    assert said.status_code == 422
    assert [one["pointer"] for one in said.json()["errors"]] == ["audience"]


def test_a_person_counts_once_however_often_she_is_written_to(make: Make, office: Client) -> None:
    settle(make, vi=2)
    make.key_person(make.volunteer(), languages=("ne", "vi"))
    read(office, write(office, "vi")[:1])
    write(office, "ne", "vi", "ko")
    assert figures(office) == {"vi": (2, 2, 1), "ne": (1, 1, 0), "ko": (1, 0, 0), "total": (2, 3, 1)}
    make.appointment(make.volunteer(), (ContactPurpose.EXCHANGE,))
    assert figures(office, audience="envoys") == {"total": (0, 0, 0)}
    report = done(office.get(REPORT, params=YEAR))
    assert report["definitions"].keys() == {"messages", "recipients", "acknowledged"}
    assert {row["key"]: row["name"] for row in report["groups"]}["vi"] == "ベトナム語"


def test_languages_of_few_are_one_group_for_viewers(make: Make, office: Client, viewer: Client) -> None:
    settle(make, vi=12, ne=5, ko=2, my=1)
    letters = write(office, "vi", "ne", "ko", "my", "id")
    read(office, [one for one in letters if one["language"] == "vi"][:6])
    assert figures(viewer) == {"other": (1, 8, 0), "vi": (1, 12, 6), "total": (1, 20, 6)}
    assert figures(office)["my"] == (1, 1, 0)


def test_few_persons_in_all_are_not_counted_for_viewers(make: Make, office: Client, viewer: Client) -> None:
    settle(make, vi=3, ne=1)
    read(office, write(office, "vi", "ne"))
    assert figures(viewer) == {"other": (1, None, None), "total": (1, None, None)}
    sheet = viewer.get(REPORT, params=YEAR | {"format": "csv"})
    assert sheet.status_code == 200
    assert len(sheet.text.strip().splitlines()) == 3
    assert faults(viewer.get(REPORT, params={"from": "2025-05-01"}))


def test_answers_of_few_are_withheld_from_viewers_alone(make: Make, office: Client, viewer: Client) -> None:
    settle(make, vi=10, ne=10)
    letters = write(office, "vi", "ne")
    read(office, [one for one in letters if one["language"] == "vi"][:2])
    assert figures(viewer) == {"vi": (1, 10, None), "ne": (1, 10, None), "total": (1, 20, None)}
    read(office, [one for one in letters if one["language"] == "vi"][2:5])
    read(office, [one for one in letters if one["language"] == "ne"][:5])
    assert figures(viewer) == figures(office) == {"vi": (1, 10, 5), "ne": (1, 10, 5), "total": (1, 20, 10)}


def test_the_report_needs_as_many_queries_for_many(make: Make, office: Client, queries: Any) -> None:
    settle(make, vi=1)
    write(office, "vi")
    with queries() as few:
        figures(office)
    settle(make, ne=5)
    write(office, "vi", "ne")
    with queries() as many:
        figures(office)
    assert len(few) == len(many)
