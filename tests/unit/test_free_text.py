"""The screen for free text: what refuses, what warns, what passes."""

import pytest

from services.free_text import mentions_health, names_interpreter, personal_details

HELD = [
    ("mail", "連絡は a.b+c@example.jp まで"),
    ("mail", "ａ＠ｅｘａｍｐｌｅ．ｊｐ"),  # noqa: RUF001 - typed as people type
    ("phone", "電話 076-220-0000"),
    ("phone", "０９０−１２３４−５６７８"),  # noqa: RUF001
    ("phone", "076ー220ー0000"),
    ("phone", "076–220–0000"),  # noqa: RUF001
    ("phone", "0761-22-1234"),
    ("phone", "(076) 220-0000"),
    ("phone", "090.1234.5678"),
    ("phone", "09012345678"),
    ("phone", "+81 76 220 0000"),
    ("phone", "2025-11-20 10:00 に 076-220-0000"),
    ("long_number", "カード 1234 5678"),
    ("long_number", "1234567890"),
    ("long_number", "20251120"),
]


@pytest.mark.parametrize(("kind", "text"), HELD)
def test_personal_details_are_found(kind: str, text: str) -> None:
    assert kind in personal_details(text)


PASSES = [
    "",
    "2025-11-20 10:00-11:30",
    "２０２５／１１／２０　１０：００〜１１：３０",  # noqa: RUF001
    "2025.11.20 から 2025.11.27 まで、9:00 集合",
    "11月20日の10時30分、3階の302号室、子ども2人",
    "体重 3250 グラム、身長 50.5 cm",
    "郵便番号 920-0000",
    "@受付",
]


@pytest.mark.parametrize("text", PASSES)
def test_dates_times_and_small_numbers_pass(text: str) -> None:
    assert personal_details(text) == []


def test_every_kind_is_told() -> None:
    assert personal_details("a@example.jp、076-220-0000、1234-5678") == ["mail", "phone", "long_number"]


@pytest.mark.parametrize("text", ["発達遅れの心配", "アレルギーあり", "Diagnosed last year", "she takes MEDICATION"])
def test_words_about_health_are_noticed(text: str) -> None:
    assert mentions_health(text)


@pytest.mark.parametrize("text", ["", "母乳の相談", "driver's seat", "cancelled twice"])
def test_other_words_are_not_about_health(text: str) -> None:
    assert not mentions_health(text)


@pytest.mark.parametrize(
    "text",
    ["リンさんを希望", "通訳の指名", "前回と同じ人でお願いします", "The same interpreter, please", "Ms. Lin again"],
)
def test_a_wish_for_a_person_is_noticed(text: str) -> None:
    assert names_interpreter(text)


@pytest.mark.parametrize("text", ["", "お母さんが来ます", "女性の通訳を希望", "an interpreter of Vietnamese"])
def test_a_wish_for_a_kind_of_person_is_not_a_nomination(text: str) -> None:
    assert not names_interpreter(text)
