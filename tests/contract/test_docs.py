"""Documents made from code are in step with it, and say what they must."""

import re
from pathlib import Path

import pytest

from api.documents import documents, operation_permissions, out_of_step, plain_settings
from api.main import create_app
from api.problem_status import STATUS
from api.settings import PREFIX, Settings
from services.machines import MACHINES
from services.policies import Permission

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Every document by name."""
    return dict(documents())


def test_the_repository_holds_what_the_code_says() -> None:
    assert out_of_step(ROOT / "docs") == []


def test_making_them_again_makes_the_same(made: dict[str, str]) -> None:
    assert dict(documents()) == made


def test_an_operator_s_environment_does_not_show_in_them(made: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAKEHASHI_FOUNDATION_NAME", "somebody's foundation")
    monkeypatch.setenv("KAKEHASHI_MAX_BODY_BYTES", "1234")
    assert dict(documents()) == made


def test_a_document_that_was_edited_is_found(made: dict[str, str], tmp_path: Path) -> None:
    for name, text in made.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert out_of_step(tmp_path) == []
    (tmp_path / "states.md").write_text("edited", "utf-8")
    (tmp_path / "errors.md").unlink()
    assert out_of_step(tmp_path) == ["states.md", "errors.md"]


def test_every_setting_code_permission_and_move_is_there(made: dict[str, str]) -> None:
    settings = [f"`{PREFIX}{name.upper()}`" for name in Settings.model_fields]
    moves = [f"{state} --> {move.to}" for machine in MACHINES for (state, _), move in machine.moves.items()]
    assert [text for text in settings if text not in made["settings.md"]] == []
    assert [code for code in STATUS if f"| `{code}` |" not in made["errors.md"]] == []
    assert [one for one in Permission if f"| `{one}` |" not in made["permissions.md"]] == []
    assert [move for move in moves if move not in made["states.md"]] == []


def test_secrets_are_not_printed(made: dict[str, str]) -> None:
    fields = Settings.model_fields
    assert fields["secret_key"].default not in made["settings.md"]
    assert fields["client_keys"].default[0] not in made["settings.md"]


def test_every_table_is_whole(made: dict[str, str]) -> None:
    for name, text in made.items():
        blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE) if name.endswith(".md") else []
        assert blocks or name.endswith(".json"), name
        for block in blocks:
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
            assert len(widths) == 1, (name, block)


def test_every_permission_opens_an_operation() -> None:
    wanted = {wants for _, wants in operation_permissions(create_app(plain_settings(), with_worker=False))}
    assert {f"`{one}`" for one in Permission} - wanted == set()
