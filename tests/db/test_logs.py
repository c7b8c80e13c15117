"""What a database says of a row that it refuses is not for the log: the row may be a person."""

import json

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from api.db import Wiring
from api.logs import configure
from models.learner import Learner
from tests.factories import Make


@pytest.fixture(autouse=True)
def _logged() -> None:
    configure()


def test_a_refused_row_is_not_quoted_in_the_log(make: Make, wiring: Wiring, capsys: pytest.CaptureFixture[str]) -> None:
    learner = make.learner(make.organization(), first_name="リンリン")
    columns = learner.model_dump() | {"guardian_name": "架空\n花子", "school_stage": "nobody"}
    try:
        with wiring.unit() as unit:
            unit.session.execute(Learner.__table__.insert().values(**columns))  # type: ignore[attr-defined]
    except IntegrityError as error:
        structlog.get_logger().error("refused", exc_info=error)
    line = json.loads(capsys.readouterr().err)
    assert "IntegrityError" in line["exception"]
    assert "INSERT INTO learner" in line["exception"]
    for secret in ("リンリン", "花子", columns["guardian_phone"]):
        assert secret not in json.dumps(line, ensure_ascii=False)
