"""The demo's indicators: 161 volunteers and 77 groups counted, the plan's history beside them, a review under way."""

from services import broadcasts, indicators, key_persons, reviewing
from services.demo.communities import READ_BY
from services.key_persons import KeyPersonFilters
from services.paging import Ask
from services.unit import Unit


def test_the_indicators_stand_as_the_plan_s_notes_say(seen: Unit) -> None:
    shown = {one.code: one for one in indicators.list_indicators(seen, None).items}
    figures = {code: one.current for code, one in shown.items()}
    assert {code: (figure.value, figure.source) for code, figure in figures.items() if figure} == {
        "exchange_with_japanese": (50.9, "survey"),
        "wish_to_stay": (74.0, "survey"),
        "member_groups": (77, "computed"),
        "line_registrants": (402, "external"),
        "volunteers": (161, "computed"),
    }
    frozen = [point.value for point in indicators.list_measurements(seen, "volunteers", every_revision=True).items]
    assert frozen == [53, 134, 161]


def test_the_last_whole_quarter_is_under_review(seen: Unit) -> None:
    (review,) = reviewing.list_reviews(seen, Ask()).items
    days = (seen.today - review.as_of).days
    assert 0 < days <= 92
    (action,) = reviewing.read_review(seen, review.id).review_actions
    assert (action.status, action.carried) == ("open", False)


def test_key_persons_who_agreed_were_told_of_the_drill(seen: Unit) -> None:
    people = key_persons.list_key_persons(seen, Ask(), KeyPersonFilters()).items
    languages = {language for person in people for language in person.languages}
    assert (len(people), len(languages)) == (12, 8)
    (drill,) = broadcasts.list_broadcasts(seen, Ask()).items
    counted = broadcasts.read_broadcast(seen, drill.id).counts
    reached = [one for one in people if "disaster" in one.contact_scope and {*one.languages} & {*drill.languages}]
    assert sum(one.recipients for one in counted) == len(reached) < len(people)
    assert sum(one.acknowledged for one in counted) == READ_BY
