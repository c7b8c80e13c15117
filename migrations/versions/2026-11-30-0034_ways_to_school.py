"""ways to school."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def _begin_histories() -> None:
    """Let every learner stand where she stands since she was written down; the line borrows her identifier."""
    op.execute(
        "INSERT INTO school_stage_change (id, learner_id, stage, since, made_at) "
        "SELECT id, id, school_stage, date(created_at), created_at FROM learner"
    )


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "school_deadline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column(
            "goal",
            sa.Enum(
                "high_school_entrance",
                "equivalency_exam",
                "vocational_school",
                "university_entrance",
                name="target_goal",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "code",
            sa.Enum(
                "guidance_event",
                "documents_ready",
                "application_period",
                "entrance_exam",
                "results_day",
                "enrolment_formalities",
                name="deadline_code",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_deadline")),
        sa.UniqueConstraint("fiscal_year", "goal", "code", name=op.f("uq_school_deadline_fiscal_year_goal_code")),
    )
    with op.batch_alter_table("school_deadline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_deadline_due_on"), ["due_on"], unique=False)

    op.create_table(
        "learner_target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "goal",
            sa.Enum(
                "high_school_entrance",
                "equivalency_exam",
                "vocational_school",
                "university_entrance",
                name="target_goal",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "aimed_at",
                "met",
                "given_up",
                name="target_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_learner_target_learner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_target")),
    )
    with op.batch_alter_table("learner_target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learner_target_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_learner_target_learner_id_goal_fiscal_year",
            ["learner_id", "goal", "fiscal_year"],
            unique=True,
            sqlite_where=sa.text("status = 'aimed_at'"),
            postgresql_where=sa.text("status = 'aimed_at'"),
        )

    op.create_table(
        "school_stage_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "preschool",
                "elementary",
                "junior_high",
                "high_school_age",
                "adult",
                name="school_stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_school_stage_change_learner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_stage_change")),
    )
    with op.batch_alter_table("school_stage_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_stage_change_learner_id"), ["learner_id"], unique=False)

    op.create_table(
        "deadline_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "guidance_event",
                "documents_ready",
                "application_period",
                "entrance_exam",
                "results_day",
                "enrolment_formalities",
                name="deadline_code",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days_ahead", sa.Integer(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["learner_target.id"], name=op.f("fk_deadline_notice_target_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_notice")),
        sa.UniqueConstraint("target_id", "code", name=op.f("uq_deadline_notice_target_id_code")),
    )
    op.create_table(
        "learner_deadline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "guidance_event",
                "documents_ready",
                "application_period",
                "entrance_exam",
                "results_day",
                "enrolment_formalities",
                name="deadline_code",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"], ["learner_target.id"], name=op.f("fk_learner_deadline_target_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_deadline")),
        sa.UniqueConstraint("target_id", "code", name=op.f("uq_learner_deadline_target_id_code")),
    )
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guardian_email", sa.String(length=254), nullable=True))

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("learner_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_notice_learner_id"), ["learner_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_notice_learner_id"), "learner", ["learner_id"], ["id"], ondelete="RESTRICT"
        )
    _begin_histories()


def downgrade() -> None:
    """Go back to the revision before; what was told to guardians has no place there."""
    op.execute("DELETE FROM notice WHERE learner_id IS NOT NULL")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notice_learner_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_notice_learner_id"))
        batch_op.drop_column("learner_id")

    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.drop_column("guardian_email")

    op.drop_table("learner_deadline")
    op.drop_table("deadline_notice")
    with op.batch_alter_table("school_stage_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_stage_change_learner_id"))

    op.drop_table("school_stage_change")
    with op.batch_alter_table("learner_target", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_learner_target_learner_id_goal_fiscal_year",
            sqlite_where=sa.text("status = 'aimed_at'"),
            postgresql_where=sa.text("status = 'aimed_at'"),
        )
        batch_op.drop_index(batch_op.f("ix_learner_target_status"))

    op.drop_table("learner_target")
    with op.batch_alter_table("school_deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_deadline_due_on"))

    op.drop_table("school_deadline")
