"""indicators, reviews and members."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "indicator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("definitions", sa.JSON(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum("percent", "count", name="indicator_unit", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "computed",
                "survey",
                "external",
                "frozen",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("baseline", sa.Float(), nullable=False),
        sa.Column("baseline_on", sa.Date(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("computed_from", sa.Date(), nullable=True),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("baseline_on < target_on", name=op.f("ck_indicator_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("code", name=op.f("uq_indicator_code")),
    )
    op.create_table(
        "review_cycle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "closed", name="review_status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_review_cycle_quarter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_cycle")),
        sa.UniqueConstraint("fiscal_year", "quarter", name=op.f("uq_review_cycle_fiscal_year_quarter")),
    )
    op.create_table(
        "organization_membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint("left_on IS NULL OR joined_on < left_on", name=op.f("ck_organization_membership_order")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_membership_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_membership")),
    )
    op.create_index(
        op.f("ix_organization_membership_organization_id"), "organization_membership", ["organization_id"], unique=False
    )
    op.create_table(
        "partner_agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("volunteers", sa.Integer(), nullable=False),
        sa.Column("districts", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR starts_on < ends_on", name=op.f("ck_partner_agreement_order")),
        sa.CheckConstraint("volunteers >= 0", name=op.f("ck_partner_agreement_volunteers")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_partner_agreement_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_agreement")),
    )
    op.create_index(
        op.f("ix_partner_agreement_organization_id"), "partner_agreement", ["organization_id"], unique=False
    )
    op.create_table(
        "review_value",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_cycle_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("measured_on", sa.Date(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "computed",
                "survey",
                "external",
                "frozen",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        sa.Column("target_line", sa.Float(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_review_value_indicator_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["review_cycle_id"], ["review_cycle.id"], name=op.f("fk_review_value_review_cycle_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_value")),
        sa.UniqueConstraint(
            "review_cycle_id", "indicator_id", name=op.f("uq_review_value_review_cycle_id_indicator_id")
        ),
    )
    op.create_index(op.f("ix_review_value_indicator_id"), "review_value", ["indicator_id"], unique=False)
    op.create_index(op.f("ix_review_value_review_cycle_id"), "review_value", ["review_cycle_id"], unique=False)
    op.create_table(
        "measurement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "computed",
                "survey",
                "external",
                "frozen",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measured_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_measurement_indicator_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["measured_by"], ["account.id"], name=op.f("fk_measurement_measured_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.UniqueConstraint(
            "indicator_id", "as_of", "revision", name=op.f("uq_measurement_indicator_id_as_of_revision")
        ),
    )
    op.create_index(op.f("ix_measurement_indicator_id"), "measurement", ["indicator_id"], unique=False)
    op.create_index(op.f("ix_measurement_measured_by"), "measurement", ["measured_by"], unique=False)
    op.create_table(
        "review_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_cycle_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "closed", name="review_status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_review_action_indicator_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_review_action_owner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["review_cycle_id"], ["review_cycle.id"], name=op.f("fk_review_action_review_cycle_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_action")),
    )
    op.create_index(op.f("ix_review_action_indicator_id"), "review_action", ["indicator_id"], unique=False)
    op.create_index(op.f("ix_review_action_owner_id"), "review_action", ["owner_id"], unique=False)
    op.create_index(op.f("ix_review_action_review_cycle_id"), "review_action", ["review_cycle_id"], unique=False)
    op.create_index(op.f("ix_review_action_status"), "review_action", ["status"], unique=False)
    op.create_table(
        "volunteer_status_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "applied",
                "screening",
                "in_training",
                "active",
                "on_leave",
                "suspended",
                "expired",
                "rejected",
                "withdrawn",
                "anonymized",
                name="volunteer_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_volunteer_status_change_volunteer_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_status_change")),
    )
    op.create_index(
        "ix_volunteer_status_change_volunteer_id_at", "volunteer_status_change", ["volunteer_id", "at"], unique=False
    )
    _begin_histories()


def _begin_histories() -> None:
    """Write how everybody stands now: from the day of the registration on, or of the entry where there is none."""
    if op.get_bind().dialect.name == "sqlite":
        least, registered = "min", "registered_on || ' 00:00:00.000000'"
    else:
        least, registered = "least", "registered_on::timestamp AT TIME ZONE 'UTC'"
    op.execute(
        "INSERT INTO volunteer_status_change (id, volunteer_id, status, at) "  # noqa: S608 - our own words
        f"SELECT id, id, status, {least}(created_at, coalesce({registered}, created_at)) FROM volunteer"
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("volunteer_status_change")
    op.drop_table("review_action")
    op.drop_table("review_value")
    op.drop_table("measurement")
    op.drop_table("partner_agreement")
    op.drop_table("organization_membership")
    op.drop_table("review_cycle")
    op.drop_table("indicator")
