"""A family that was told of a day hears when it moves or goes; each hears once, of what concerns her."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.learner import Learner
from models.record import Notice
from services import school_deadlines
from services.clock import SetClock
from tests.conftest import Client
from tests.makers.doors import done, notices_of
from tests.makers.school_days import DEADLINES, EXAM, TOLD, heard, letters, live_until, move, of, own_days, take_away
from worker.deliver import deliver_due
from worker.following_up import tell_of_deadlines


@pytest.mark.usefixtures("target")
def test_a_family_hears_of_a_day_that_is_postponed_far_at_once_and_again_when_it_is_near(
    office: Client, manager: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2026, 2, 25))
    assert heard(wiring) == [
        TOLD,
        (date(2025, 11, 21), "deadline_moved", "02-20"),
        (date(2026, 1, 21), "deadline_near", "02-20"),
        (date(2026, 2, 13), "deadline_near", "02-20"),
    ]
    hers = [kind for kind, whom in notices_of(wiring) if whom == manager.account.id]
    assert hers == [f"{kind}_manager" for _, kind, _ in heard(wiring)]


def test_a_day_that_moves_takes_back_no_letter_about_another(
    office: Client, exam: dict[str, Any], aimed: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    done(office.post(DEADLINES, json=EXAM | {"code": "documents_ready", "due_on": "2025-12-15"}), 201)
    live_until(wiring, clock, date(2025, 11, 21))
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2025, 11, 22))
    assert aimed
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_near", "12-15")]  # of the examination in January
    assert [body.count("15 Dec 2025") > 0 for _, body in letters(wiring)] == [True]


@pytest.mark.usefixtures("target")
def test_what_became_of_a_day_is_told_though_the_letter_about_it_is_emptied(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    with wiring.unit() as unit:
        for row in unit.session.exec(select(Notice).where(Notice.kind == "deadline_near")):
            row.facts, row.address = {}, None
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2025, 11, 21))
    assert [subject for subject, _ in letters(wiring)][-1].startswith("A day has moved")


@pytest.mark.parametrize("how", ["deleted", "nothing_for_her"])
def test_a_family_hears_once_that_a_day_does_not_apply_any_more(  # noqa: PLR0913, PLR0917 - the cast of the scene
    office: Client,
    manager: Client,
    lan: Learner,
    exam: dict[str, Any],
    target: dict[str, Any],
    wiring: Wiring,
    clock: SetClock,
    how: str,
) -> None:
    if how == "deleted":
        take_away(office, exam)
    else:
        done(own_days(manager, lan, target, entrance_exam=None))
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_gone", "12-20")]
    assert [kind for kind, whom in notices_of(wiring) if whom == manager.account.id][-1] == "deadline_gone_manager"


@pytest.mark.usefixtures("target")
def test_a_day_that_comes_back_is_told_as_a_new_one(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    take_away(office, exam)
    live_until(wiring, clock, date(2025, 11, 22))
    done(office.post(DEADLINES, json={**EXAM, "due_on": "2026-01-10"}), 201)
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring)[1:] == [
        (date(2025, 11, 21), "deadline_gone", "12-20"),
        (date(2025, 12, 11), "deadline_near", "01-10"),
    ]


@pytest.mark.usefixtures("target")
def test_what_is_put_right_before_the_sweep_is_told_to_nobody(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    move(office, exam, "2026-02-20")
    move(office, exam, "2025-12-20")
    take_away(office, exam)
    done(office.post(DEADLINES, json=EXAM), 201)
    live_until(wiring, clock, date(2025, 12, 12))
    assert heard(wiring) == [TOLD]


@pytest.mark.usefixtures("target")
def test_a_day_that_turns_out_to_be_over_is_told_while_the_family_waits_for_it(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    move(office, exam, "2025-11-18")
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_moved", "11-18")]


@pytest.mark.usefixtures("target")
def test_nobody_hears_that_a_day_has_moved_or_gone_that_is_over(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    """A day later than that one is a new one."""
    live_until(wiring, clock, date(2025, 12, 21))
    before = heard(wiring)
    move(office, exam, "2026-02-20")
    live_until(wiring, clock, date(2026, 1, 20))
    assert heard(wiring) == before
    live_until(wiring, clock, date(2026, 1, 21))
    assert heard(wiring) == [*before, (date(2026, 1, 21), "deadline_near", "02-20")]
    clock.forward(days=40)
    take_away(office, exam)
    assert tell_of_deadlines(wiring) == 0


@pytest.mark.parametrize("became", ["given_up", "revoked"])
def test_whom_it_does_not_concern_any_more_hears_nothing(  # noqa: PLR0913, PLR0917 - the cast of the scene
    office: Client,
    manager: Client,
    lan: Learner,
    exam: dict[str, Any],
    target: dict[str, Any],
    wiring: Wiring,
    clock: SetClock,
    became: str,
) -> None:
    if became == "given_up":
        done(manager.post(of(lan, "targets", target["id"], "give-up")))
    else:
        (consent,) = done(manager.get(of(lan, "consents")))["items"]
        done(manager.post(of(lan, "consents", consent["id"], "revoke")))
    take_away(office, exam)
    live_until(wiring, clock, date(2025, 12, 25))
    assert heard(wiring) == [TOLD]


@pytest.mark.usefixtures("target")
def test_a_sweep_that_dies_between_noting_and_telling_has_done_neither(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    move(office, exam, "2026-02-20")
    with monkeypatch.context() as patched:
        patched.setattr(school_deadlines, "tell_guardian", die)
        with pytest.raises(KeyboardInterrupt):
            tell_of_deadlines(wiring)
    assert heard(wiring) == [TOLD]
    live_until(wiring, clock, date(2025, 11, 25))
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_moved", "02-20")]


@pytest.mark.parametrize("how", ["moved", "own"])
def test_a_day_that_was_told_as_over_by_mistake_is_put_right_at_once(  # noqa: PLR0913, PLR0917 - the cast of the scene
    office: Client,
    manager: Client,
    lan: Learner,
    exam: dict[str, Any],
    target: dict[str, Any],
    wiring: Wiring,
    clock: SetClock,
    how: str,
) -> None:
    move(office, exam, "2025-11-18")
    live_until(wiring, clock, date(2025, 11, 22))
    deliver_due(wiring)
    if how == "moved":
        move(office, exam, "2026-02-20")
    else:
        done(own_days(manager, lan, target, entrance_exam="2026-02-20"))
    live_until(wiring, clock, date(2026, 1, 22))
    assert heard(wiring) == [
        TOLD,
        (date(2025, 11, 21), "deadline_moved", "11-18"),
        (date(2025, 11, 23), "deadline_moved", "02-20"),
        (date(2026, 1, 21), "deadline_near", "02-20"),
    ]


@pytest.mark.usefixtures("target")
def test_a_day_told_as_over_that_is_corrected_to_another_that_is_over_is_told_no_more(
    office: Client, exam: dict[str, Any], wiring: Wiring, clock: SetClock
) -> None:
    for day in ("2025-11-18", "2025-11-17"):
        move(office, exam, day)
        live_until(wiring, clock, clock.now.date())
    take_away(office, exam)
    assert tell_of_deadlines(wiring) == 0
    assert heard(wiring) == [TOLD, (date(2025, 11, 21), "deadline_moved", "11-18")]
