"""The demo's indicators: 161 volunteers and 77 groups counted, the plan's history beside them, a review under way."""

from services import indicators, reviewing
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
