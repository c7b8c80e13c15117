"""Certificates and attestations as PDF, opened by a real program, and checked by anybody who has the code."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from api.papers import NoFont, find_font
from api.printing import to_pdf
from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.competence import Certification
from models.document import IssuedDocument
from models.person import Person
from models.training import EnrollmentStatus
from models.volunteer import Volunteer, VolunteerStatus
from services.errors import InvalidFields
from services.paper import Named, Paper
from tests import papers
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, problem
from worker.registrations import anonymize_the_gone


@pytest.fixture(scope="module", autouse=True)
def _provided() -> None:
    papers.provide()


@pytest.fixture
def hanako(make: Make) -> Volunteer:
    person = make.person(family_name="金沢", given_name="花子", family_kana="カナザワ", given_kana="ハナコ")
    return make.volunteer(certs=(), person=person)


@pytest.fixture
def certificate(make: Make, hanako: Volunteer) -> Certification:
    course = make.course(title="家庭訪問の通訳研修", grants="home_visit")
    row = make.seat(make.training(of=course), hanako, EnrollmentStatus.COMPLETED)
    return make.certification(
        hanako, "home_visit", granted_on=date(2025, 11, 1), expires_on=date(2027, 10, 31), enrollment_id=row.id
    )


def worked(make: Make, volunteer: Volunteer, start: str = "2025-10-01T10:00:00+09:00", minutes: int = 90) -> None:
    opened = make.shift_with_demand(starts_at=datetime.fromisoformat(start), minutes=120)
    make.report(opened, make.assignment(opened, volunteer, AssignmentStatus.COMPLETED), minutes=minutes)


def issue(client: Client, **body: Any) -> Any:
    return client.post("/v1/documents", json=body)


def certify(client: Client, certificate: Certification, **over: Any) -> Any:
    return issue(client, kind="certificate", certification_id=str(certificate.id), **over)


def printed(client: Client, made: dict[str, Any]) -> bytes:
    answer = client.get(f"/v1/documents/{made['id']}/pdf", headers={"Accept-Language": "ja-simple"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Language"] == made["language"]
    return answer.content


def check(client: Client, code: str) -> Any:
    return client.get(f"/v1/certificate-checks/{code}")


def test_a_certificate_is_readable_embedded_and_drawn(
    as_: As, client: Client, hanako: Volunteer, certificate: Certification, tmp_path: Path
) -> None:
    made = done(certify(as_(hanako), certificate), 201)
    pdf = printed(as_(hanako), made)
    text = papers.text_of(pdf, tmp_path)
    for words in ("修了証", "「家庭訪問の通訳研修」", "修了日：2025年11月1日", "有効期限：2027年10月31日"):
        assert words in text
    assert f"確認コード：{made['check_code']}" in text
    assert made["check_url"] in text  # on one line, to be typed off
    assert papers.fonts_of(pdf, tmp_path)
    assert all(embedded for _, embedded in papers.fonts_of(pdf, tmp_path))
    assert "IPAexGothic" in papers.fonts_of(pdf, tmp_path)[0][0]
    grey = papers.picture_of(pdf, tmp_path)
    assert 0.002 < sum(point < 128 for point in grey) / len(grey) < 0.2
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", made["check_code"])
    assert check(client, made["check_url"].rpartition("/")[2]).status_code == 200


def test_each_part_of_a_name_has_its_own_reading_above_it(
    as_: As, hanako: Volunteer, certificate: Certification, tmp_path: Path
) -> None:
    text = papers.text_of(printed(as_(hanako), done(certify(as_(hanako), certificate), 201)), tmp_path)
    lines = [line for line in text.splitlines() if line.strip()]
    above = next(n for n, line in enumerate(lines) if "カナザワ" in line)
    assert lines[above].split() == ["カナザワ", "ハナコ"]
    assert lines[above + 1].split() == ["金沢", "花子"]
    assert abs(lines[above].index("カナザワ") - lines[above + 1].index("金沢")) <= 4


def test_a_name_of_one_form_stands_without_a_reading(office: Client, make: Make, tmp_path: Path) -> None:
    person = make.person(
        family_name=None, given_name=None, family_kana=None, given_kana=None, full_name="Nguyễn Thị Hoa（架空）"
    )
    she = make.volunteer(certs=(), person=person)
    made = done(certify(office, make.certification(she, "school"), language="en"), 201)
    pdf = printed(office, made)
    text = papers.text_of(pdf, tmp_path)
    assert "Certificate of Completion" in text
    assert "Nguyễn Thị Hoa" in text
    assert "“school”" in text
    assert "Valid without limit" in text
    assert all(embedded for _, embedded in papers.fonts_of(pdf, tmp_path))


def test_an_attestation_counts_what_was_done(
    as_: As, client: Client, make: Make, hanako: Volunteer, tmp_path: Path
) -> None:
    worked(make, hanako)
    worked(make, hanako, "2025-03-31T10:00:00+09:00", 60)
    everything = done(issue(as_(hanako), kind="attestation"), 201)
    one_year = done(issue(as_(hanako), kind="attestation", fiscal_year=2025, volunteer_id=str(hanako.id)), 201)
    text = papers.text_of(printed(as_(hanako), everything), tmp_path)
    assert "活動証明書" in text
    assert "活動時間の合計：2時間30分" in text
    rows = [line.split() for line in text.splitlines() if "年度" in line]
    assert rows == [["2025年度", "乳幼児健診", "1回", "1時間30分"], ["2024年度", "乳幼児健診", "1回", "1時間0分"]]
    told = done(check(client, one_year["check_code"]))
    assert told["minutes"] == 90
    assert [(one["fiscal_year"], one["activities"]) for one in told["years"]] == [(2025, 1)]
    page = client.get(f"/v1/certificate-checks/{one_year['check_code']}", headers={"Accept": "text/html"})
    assert "活動時間の合計：1:30" in page.text


def test_anybody_checks_a_certificate_and_learns_no_more_than_it_says(
    client: Client, as_: As, hanako: Volunteer, certificate: Certification
) -> None:
    made = done(certify(as_(hanako), certificate), 201)
    answer = check(client, made["check_code"].lower())
    assert done(answer) == {
        "kind": "certificate",
        "status": "valid",
        "foundation": "国際交流財団",
        "holder": "金沢 花子",
        "issued_on": "2025-11-10",
        "title": "家庭訪問の通訳研修",
        "granted_on": "2025-11-01",
        "expires_on": "2027-10-31",
        "years": None,
        "minutes": None,
    }
    assert answer.headers["Cache-Control"] == "no-store"
    page = client.get(f"/v1/certificate-checks/{made['check_code']}", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    for words in ("金沢 花子", "状態：有効", "noindex"):
        assert words in page.text
    assert str(hanako.id) not in page.text + answer.text
    assert hanako.volunteer_no not in page.text + answer.text
    for strange in ("0000-0000-0000-0000", "%00", "確認"):
        assert check(client, strange).status_code == 404
    html = {"Accept": "text/html"}
    assert client.get("/v1/certificate-checks/0000-0000-0000-0000", headers=html).status_code == 404


def test_a_paper_does_not_outlive_what_it_certifies(
    client: Client, as_: As, make: Make, wiring: Wiring, hanako: Volunteer, certificate: Certification
) -> None:
    made = done(certify(as_(hanako), certificate), 201)
    path = f"/v1/volunteers/{hanako.id}/certifications/{certificate.id}/revoke"
    done(as_(Role.ADMIN).post(path, json={"reason": "誤り"}))
    assert done(check(client, made["check_code"]))["status"] == "revoked"
    assert problem(certify(as_(hanako), certificate)) == (409, "DOC_NOT_VALID")
    old = make.certification(hanako, "checkup", expires_on=date(2025, 11, 9))
    assert problem(certify(as_(hanako), old)) == (409, "DOC_NOT_VALID")
    with wiring.unit() as unit:
        unit.get(Volunteer, hanako.id).status = VolunteerStatus.ANONYMIZED
    assert check(client, made["check_code"]).status_code == 404


def test_nothing_is_attested_where_nothing_was_done(as_: As, office: Client, make: Make, hanako: Volunteer) -> None:
    make.assignment(make.shift_with_demand(), hanako)
    assert problem(issue(as_(hanako), kind="attestation")) == (409, "DOC_NO_HOURS")
    worked(make, hanako)
    hers = {"kind": "attestation", "volunteer_id": str(hanako.id)}
    assert problem(issue(office, **hers, fiscal_year=2024)) == (409, "DOC_NO_HOURS")
    assert done(office.get("/v1/documents"))["items"] == []
    assert done(issue(office, **hers, fiscal_year=2025), 201)["kind"] == "attestation"


def test_what_was_issued_stays_as_it_was(as_: As, client: Client, make: Make, hanako: Volunteer) -> None:
    worked(make, hanako)
    made = done(issue(as_(hanako), kind="attestation"), 201)
    with make.wiring.unit() as unit:
        unit.get(Person, hanako.person_id).family_name = "改姓"
    assert done(check(client, made["check_code"]))["holder"] == "金沢 花子"


def test_papers_are_for_staff_and_whom_they_are_about(
    office: Client, as_: As, make: Make, hanako: Volunteer, certificate: Certification
) -> None:
    made = done(certify(office, certificate), 201)
    other = as_(make.volunteer())
    assert [one["id"] for one in done(as_(hanako).get("/v1/documents"))["items"]] == [made["id"]]
    assert [one["id"] for one in done(office.get(f"/v1/documents?volunteer_id={hanako.id}"))["items"]] == [made["id"]]
    assert done(other.get("/v1/documents"))["items"] == []
    for path in (f"/v1/documents/{made['id']}", f"/v1/documents/{made['id']}/pdf"):
        assert other.get(path).status_code == 404
    assert done(as_(hanako).get(f"/v1/documents/{made['id']}"))["kind"] == "certificate"
    assert faults(certify(other, certificate)) == [("/certification_id", "FIELD_REFERENCE")]
    theirs = issue(other, kind="attestation", volunteer_id=str(hanako.id))
    assert faults(theirs) == [("/volunteer_id", "FIELD_REFERENCE")]


def test_what_does_not_go_together_is_refused(office: Client, certificate: Certification) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"kind": "certificate"}, "/certification_id"),
        ({"kind": "certificate", "certification_id": str(new_id())}, "/certification_id"),
        ({"kind": "certificate", "certification_id": str(certificate.id), "fiscal_year": 2025}, "/kind"),
        ({"kind": "certificate", "certification_id": str(certificate.id), "volunteer_id": str(new_id())}, "/kind"),
        ({"kind": "attestation", "certification_id": str(certificate.id)}, "/kind"),
        ({"kind": "attestation"}, "/volunteer_id"),
        ({"kind": "attestation", "volunteer_id": str(new_id())}, "/volunteer_id"),
        ({"kind": "attestation", "language": "vi"}, "/language"),
    ]
    assert [faults(issue(office, **body))[0][0] for body, _ in wrong] == [pointer for _, pointer in wrong]


@pytest.mark.parametrize("name", ["nowhere.ttf", "text.ttf"])
def test_a_missing_font_is_said_plainly(
    name: str, office: Client, app: Any, certificate: Certification, tmp_path: Path
) -> None:
    made = done(certify(office, certificate), 201)
    (tmp_path / "text.ttf").write_text("no font")
    settings = app.state.wiring.settings
    object.__setattr__(settings, "font_file", tmp_path / name)
    answer = office.get(f"/v1/documents/{made['id']}/pdf")
    assert problem(answer) == (503, "DOC_FONT")
    assert "KAKEHASHI_FONT_FILE" in answer.json()["detail"]


def test_letters_that_no_font_has_are_named() -> None:
    paper = Paper("paper", "ja", "題", [Named("𠮷田", "ヨシダ")], [], [], [], NOW)
    with pytest.raises(InvalidFields) as refused:
        to_pdf(paper, None)
    assert refused.value.faults[0].facts == {"chars": "𠮷"}


def test_a_host_without_a_japanese_font_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.papers._FOLDERS", (Path("/nowhere"),))
    with pytest.raises(NoFont):
        find_font(None)


def test_a_name_is_forgotten_with_the_person(office: Client, client: Client, make: Make, wiring: Wiring) -> None:
    gone = make.volunteer(status=VolunteerStatus.WITHDRAWN, purge_on=NOW.date())
    worked(make, gone)
    made = done(issue(office, kind="attestation", volunteer_id=str(gone.id)), 201)
    assert anonymize_the_gone(wiring) == 1
    assert check(client, made["check_code"]).status_code == 404
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(IssuedDocument.holder)).all() == [[]]
