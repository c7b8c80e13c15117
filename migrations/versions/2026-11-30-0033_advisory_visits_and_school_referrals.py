"""advisory visits and school referrals."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


_TRIGGERS = (
    "CREATE TRIGGER no_overlap_booking_insert AFTER INSERT ON booking WHEN NEW.active BEGIN SELECT RAISE(ABORT, 'no_overlap_booking') WHERE EXISTS (SELECT 1 FROM booking AS other WHERE other.volunteer_id = NEW.volunteer_id AND other.id <> NEW.id AND other.active AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at); END",
    "CREATE TRIGGER no_overlap_booking_update AFTER UPDATE OF volunteer_id, starts_at, ends_at, active ON booking WHEN NEW.active BEGIN SELECT RAISE(ABORT, 'no_overlap_booking') WHERE EXISTS (SELECT 1 FROM booking AS other WHERE other.volunteer_id = NEW.volunteer_id AND other.id <> NEW.id AND other.active AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at); END",
)


def _take_time(*sources: str) -> None:
    """Let these take a person's time."""
    listed = ", ".join(f"'{source}'" for source in sources)
    with op.batch_alter_table("booking") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_booking_booking_source"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_booking_booking_source"), sa.text(f"source_type IN ({listed})"))
    if op.get_context().dialect.name == "sqlite":
        for trigger in _TRIGGERS:
            op.execute(trigger)


def upgrade() -> None:
    """Go to this revision."""
    _take_time("assignment", "enrollment", "advisory_visit", "host_stay")
    op.create_table(
        "advisory_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=True),
        sa.Column("expert_name", sa.String(length=120), nullable=True),
        sa.Column("expert_organization", sa.String(length=120), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "held",
                "closed",
                "cancelled",
                name="visit_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cancel_reason", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancel_reason IS NOT NULL)", name=op.f("ck_advisory_visit_cancelled")
        ),
        sa.CheckConstraint("(volunteer_id IS NULL) <> (expert_name IS NULL)", name=op.f("ck_advisory_visit_expert")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_advisory_visit_order")),
        sa.ForeignKeyConstraint(
            ["classroom_id"], ["classroom.id"], name=op.f("fk_advisory_visit_classroom_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_advisory_visit_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advisory_visit")),
    )
    with op.batch_alter_table("advisory_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advisory_visit_classroom_id"), ["classroom_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_advisory_visit_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_advisory_visit_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "school_referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("classroom_id", sa.Uuid(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum(
                "from_school",
                "to_school",
                name="referral_direction",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "taken_in",
                "no_place",
                "family_declined",
                "not_reached",
                name="school_referral_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (outcome_on IS NULL)", name=op.f("ck_school_referral_outcome")),
        sa.ForeignKeyConstraint(
            ["classroom_id"], ["classroom.id"], name=op.f("fk_school_referral_classroom_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["guardian_consent.id"], name=op.f("fk_school_referral_consent_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_school_referral_learner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["facility.id"], name=op.f("fk_school_referral_school_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_referral")),
    )
    with op.batch_alter_table("school_referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_referral_classroom_id"), ["classroom_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_school_referral_consent_id"), ["consent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_school_referral_school_id"), ["school_id"], unique=False)
        batch_op.create_index(
            "uq_school_referral_learner_id_school_id_direction",
            ["learner_id", "school_id", "direction"],
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "advisory_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open", "done", "dropped", name="finding_status", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=120), nullable=True),
        sa.CheckConstraint("(status = 'open') = (settled_at IS NULL)", name=op.f("ck_advisory_finding_settled")),
        sa.CheckConstraint("status <> 'dropped' OR outcome IS NOT NULL", name=op.f("ck_advisory_finding_dropped")),
        sa.CheckConstraint("status = 'open' OR remind_on IS NULL", name=op.f("ck_advisory_finding_reminder")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_advisory_finding_owner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["advisory_visit.id"], name=op.f("fk_advisory_finding_visit_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advisory_finding")),
    )
    with op.batch_alter_table("advisory_finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advisory_finding_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_advisory_finding_remind_on"), ["remind_on"], unique=False)
        batch_op.create_index("ix_advisory_finding_status_due_on", ["status", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_advisory_finding_visit_id"), ["visit_id"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("advisory_finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_advisory_finding_visit_id"))
        batch_op.drop_index("ix_advisory_finding_status_due_on")
        batch_op.drop_index(batch_op.f("ix_advisory_finding_remind_on"))
        batch_op.drop_index(batch_op.f("ix_advisory_finding_owner_id"))

    op.drop_table("advisory_finding")
    with op.batch_alter_table("school_referral", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_school_referral_learner_id_school_id_direction",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_school_referral_school_id"))
        batch_op.drop_index(batch_op.f("ix_school_referral_consent_id"))
        batch_op.drop_index(batch_op.f("ix_school_referral_classroom_id"))

    op.drop_table("school_referral")
    with op.batch_alter_table("advisory_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_advisory_visit_volunteer_id"))
        batch_op.drop_index(batch_op.f("ix_advisory_visit_starts_at"))
        batch_op.drop_index(batch_op.f("ix_advisory_visit_classroom_id"))

    op.drop_table("advisory_visit")
    op.execute("DELETE FROM booking WHERE source_type = 'advisory_visit'")
    _take_time("assignment", "enrollment", "host_stay")
