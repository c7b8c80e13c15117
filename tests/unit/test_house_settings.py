"""The house's rules as settings: defaults are those of the rules, and what makes no sense stops the start."""

from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from api.house_settings import HouseSettings
from api.settings import Settings, read_settings
from services.rules import HouseRules


def test_what_nobody_sets_is_as_the_rules_have_it() -> None:
    plain = HouseRules(zone=ZoneInfo("Asia/Tokyo"))
    assert HouseSettings().house_rules() == {name: getattr(plain, name) for name in HouseSettings.model_fields}


def test_an_operator_sets_them_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("GRACE", "05-31"), ("REMINDER_DAYS", "90,30,7")):
        monkeypatch.setenv(f"KAKEHASHI_RENEWAL_{name}", value)
    monkeypatch.setenv("KAKEHASHI_REGISTRATION_YEARS", "3")
    rules = read_settings().rules()
    assert (rules.renewal_grace, rules.renewal_reminder_days) == ((5, 31), (90, 30, 7))
    assert (rules.registration_years, rules.availability_prompt) == (3, (10, 1))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RENEWAL_GRACE", "02-30"),
        ("RENEWAL_GRACE", "03-31"),
        ("RENEWAL_GRACE", "5-1"),
        ("AVAILABILITY_PROMPT", "02-29"),
        ("RENEWAL_REMINDER_DAYS", ""),
        ("RENEWAL_REMINDER_DAYS", "60,soon"),
        ("VOLUNTEER_MIN_AGE", "8"),
    ],
)
def test_what_makes_no_sense_stops_the_start(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"KAKEHASHI_{name}", value)
    with pytest.raises(ValidationError):
        read_settings()


@pytest.mark.parametrize(
    ("host", "link"),
    [
        ("192.0.2.7", "http://192.0.2.7:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing is bound
        ("::", "http://[::1]:8000"),
        ("2001:db8::7", "http://[2001:db8::7]:8000"),
    ],
)
def test_links_lead_to_where_the_service_is_reached(host: str, link: str) -> None:
    here = Settings().listening(host, 8000)
    assert (here.host, here.address, here.rules().public_url) == (host, link, link)
    told = Settings(public_url="https://volunteers.example.jp").listening(host, 8000)
    assert (told.address, told.rules().public_url) == (link, "https://volunteers.example.jp")
