"""recruitment and registrations."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _aggregate() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
    ]


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "recruitment_round",
        *_aggregate(),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("intake", _enum("intake", "round", "rolling"), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("activity_kinds", sa.JSON(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.CheckConstraint("opens_on <= closes_on", name=op.f("ck_recruitment_round_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recruitment_round")),
    )
    op.create_table(
        "volunteer_application",
        *_aggregate(),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("source", _enum("application_source", "public", "office", "college"), nullable=False),
        sa.Column("college", sa.String(length=120), nullable=True),
        sa.Column("motivation", sa.String(length=1000), nullable=False),
        sa.Column("guardian_name", sa.String(length=120), nullable=True),
        sa.Column("guardian_phone", sa.String(length=20), nullable=True),
        sa.Column("guardian_consent_on", sa.Date(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("training_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", _enum("application_end", "turned_down", "left"), nullable=True),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.Column("body_digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["recruitment_round.id"], name=op.f("fk_volunteer_application_round_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_volunteer_application_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_application")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_volunteer_application_submission_key")),
        sa.UniqueConstraint("volunteer_id", name=op.f("uq_volunteer_application_volunteer_id")),
    )
    with op.batch_alter_table("volunteer_application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_application_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteer_application_round_id"), ["round_id"], unique=False)
    op.create_table(
        "volunteer_check",
        *_aggregate(),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "item",
            _enum("hand_item", "conditions_explained", "interview", "identity_seen", "contact_tested", "photo"),
            nullable=False,
        ),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_volunteer_check_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_check")),
        sa.UniqueConstraint("volunteer_id", "item", name=op.f("uq_volunteer_check_volunteer_id_item")),
    )
    with op.batch_alter_table("volunteer_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteer_check_volunteer_id"), ["volunteer_id"], unique=False)
    for name in (
        "renewal_answered_on",
        "renewal_reminded_on",
        "hours_asked_on",
        "leave_until",
        "left_on",
        "purge_on",
    ):
        op.add_column("volunteer", sa.Column(name, sa.Date(), nullable=True))
    op.add_column("volunteer", sa.Column("left_reason", sa.String(length=120), nullable=True))
    op.create_index(op.f("ix_volunteer_purge_on"), "volunteer", ["purge_on"], unique=False)
    _give_pledges_a_kind()
    _let_child_safety_checks_be_addressed()


def _give_pledges_a_kind() -> None:
    """What was signed so far were pledges of confidentiality."""
    kind = _enum("pledge_kind", "confidentiality", "conduct", "child_protection")
    with op.batch_alter_table("confidentiality_pledge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", kind, nullable=False, server_default="confidentiality"))
    with op.batch_alter_table("confidentiality_pledge", schema=None) as batch_op:
        batch_op.alter_column("kind", server_default=None)


def _let_child_safety_checks_be_addressed() -> None:
    """Checks that were there count as made when they were."""
    with op.batch_alter_table("child_safety_check", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("created_by", sa.Uuid(), nullable=True))
    midnight = "checked_on || ' 00:00:00.000000'" if op.get_bind().dialect.name == "sqlite" else "checked_on"
    op.execute(f"UPDATE child_safety_check SET created_at = {midnight}, updated_at = {midnight}")  # noqa: S608 - no input
    with op.batch_alter_table("child_safety_check", schema=None) as batch_op:
        batch_op.alter_column("version", server_default=None)
        batch_op.alter_column("created_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("updated_at", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("child_safety_check", schema=None) as batch_op:
        for name in ("created_by", "updated_at", "created_at", "version"):
            batch_op.drop_column(name)
    with op.batch_alter_table("confidentiality_pledge", schema=None) as batch_op:
        batch_op.drop_constraint("pledge_kind", type_="check")
        batch_op.drop_column("kind")
    op.drop_index(op.f("ix_volunteer_purge_on"), table_name="volunteer")
    with op.batch_alter_table("volunteer", schema=None) as batch_op:
        for name in (
            "left_reason",
            "purge_on",
            "left_on",
            "leave_until",
            "hours_asked_on",
            "renewal_reminded_on",
            "renewal_answered_on",
        ):
            batch_op.drop_column(name)
    op.drop_table("volunteer_check")
    op.drop_table("volunteer_application")
    op.drop_table("recruitment_round")
