"""The demo's plan by itself: its counts are those of domain.md §6, and nothing in it contradicts itself."""

from collections import Counter
from datetime import timedelta

from models.dispatch_request import RequestStatus as R
from services.demo.checkups import CALENDAR
from services.demo.interpreters import Hours, Profile, profiles
from services.demo.names import SPEAKERS
from services.demo.people import AGES, OUTSIDE, STUDENTS, YOUNG_BESIDE_STUDENTS
from services.demo.requests import REQUESTS, Asked
from services.reference import apportion

PROFILES: dict[str, Profile] = dict(profiles())


def test_interpreters_bring_62_languages() -> None:
    spoken = Counter(language for profile in PROFILES.values() for language in profile.languages)

    assert len(PROFILES) == 52
    assert spoken == {
        "en": 24, "cmn": 14, "vi": 4, "ko": 4, "id": 3, "ne": 2, "pt-BR": 2, "ru": 2, "fr": 2, "fil": 2,
        "my": 1, "th": 1, "es": 1,
    }  # fmt: skip
    assert spoken.total() == 62


def test_interpreters_stand_on_the_ladder_as_counted() -> None:
    assert [sum(profile.steps >= step for profile in PROFILES.values()) for step in (1, 2, 3)] == [38, 17, 9]
    visits = [profile.home_visit_ends for profile in PROFILES.values() if profile.steps > 1]
    assert sum(ends < 0 for ends in visits) == 3
    assert sum(0 <= ends <= 60 for ends in visits) == 2
    assert sum(not profile.insured for profile in PROFILES.values()) == 4
    assert sum(not profile.pledged for profile in PROFILES.values()) == 3


def test_every_native_speaker_has_a_name() -> None:
    natives = Counter(profile.languages[0] for profile in PROFILES.values() if profile.native)

    assert natives == {language: len(names) for language, names in SPEAKERS.items()}


def test_people_add_up() -> None:
    young = sum(STUDENTS.values()) + YOUNG_BESIDE_STUDENTS

    assert sum(STUDENTS.values()) == 30
    assert young == 36
    assert young + sum(number for _, _, number in AGES) == 161
    assert sum(number for _, number, _ in OUTSIDE) == 54


def test_requests_are_as_counted() -> None:
    assert Counter(asked.service for asked in REQUESTS) == {
        "infant_checkup": 18, "newborn_home_visit": 8, "follow_up_exam": 3, "individual_consultation": 3,
    }  # fmt: skip
    assert Counter(asked.language for asked in REQUESTS) == {
        "cmn": 9, "en": 8, "vi": 5, "ne": 3, "id": 3, "my": 1, "ko": 1, "pt-BR": 1, "bn": 1,
    }  # fmt: skip
    assert Counter(asked.status for asked in REQUESTS) == {
        R.DRAFT: 2, R.SUBMITTED: 3, R.MATCHING: 5, R.FILLED: 11, R.COMPLETED: 6, R.CANCELLED: 2,
        R.CLIENT_NO_SHOW: 1, R.UNFILLED: 2,
    }  # fmt: skip


def test_requests_have_names_of_their_own() -> None:
    assert len({asked.name for asked in REQUESTS}) == len(REQUESTS)


def test_each_check_up_has_one_request() -> None:
    asked = sorted((asked.centre, asked.day) for asked in REQUESTS if asked.service == "infant_checkup")
    held = sorted((centre, day) for (centre, _), days in CALENDAR.items() for day in days)

    assert len(held) == 18
    assert asked == held


def test_the_past_is_over_and_the_future_is_not() -> None:
    over = {R.COMPLETED, R.CLIENT_NO_SHOW}

    assert all((asked.day < 0) == (asked.status in over) for asked in REQUESTS)
    assert all(asked.day != 0 and asked.filed < 0 and asked.filed < asked.day for asked in REQUESTS)


def test_interpreters_in_the_plan_are_able_and_free() -> None:
    for asked in REQUESTS:
        for key in filter(None, (asked.by, asked.left, asked.declined, *asked.offered)):
            profile = PROFILES[key]
            assert asked.language in profile.languages
            assert profile.insured
            assert profile.pledged
            assert not profile.on_leave
            assert profile.hours is Hours.WEEKDAYS


def test_nobody_in_the_plan_is_in_two_places() -> None:
    held = [asked for asked in REQUESTS if asked.by]

    assert not [
        (one.name, other.name)
        for one in held
        for other in held
        if one is not other and (one.by, one.day) == (other.by, other.day) and _overlap(one, other)
    ]


def test_the_clash_is_one() -> None:
    wanted, clash = (next(asked for asked in REQUESTS if asked.name == name) for name in ("vi", "clash"))

    assert wanted.day == clash.day
    assert _overlap(wanted, clash)


def _overlap(one: Asked, other: Asked) -> bool:
    (one_starts, one_ends), (other_starts, other_ends) = _minutes(one), _minutes(other)
    return one_starts < other_ends and other_starts < one_ends


def _minutes(asked: Asked) -> tuple[timedelta, timedelta]:
    starts = timedelta(hours=asked.starts.hour, minutes=asked.starts.minute)
    return starts, starts + timedelta(minutes=asked.minutes)


def test_apportion_gives_every_one_by_largest_remainder() -> None:
    residents = [1498, 1022, 838, 771, 627, 478, 366, 296, 286, 129]

    assert apportion(161, residents) == [38, 26, 22, 20, 16, 12, 9, 8, 7, 3]
    assert apportion(1, [1, 1, 1]) == [1, 0, 0]
    assert apportion(0, [3, 4]) == [0, 0]
