"""expenses and incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "honorarium_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("service_type", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("base_jpy", sa.Integer(), nullable=False),
        sa.Column("included_minutes", sa.Integer(), nullable=False),
        sa.Column("extra_jpy", sa.Integer(), nullable=False),
        sa.Column("per_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "base_jpy >= 0 AND included_minutes >= 0 AND extra_jpy >= 0", name=op.f("ck_honorarium_rate_amounts")
        ),
        sa.CheckConstraint("per_minutes > 0", name=op.f("ck_honorarium_rate_per_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honorarium_rate")),
        sa.UniqueConstraint("service_type", "valid_from", name=op.f("uq_honorarium_rate_service_type_valid_from")),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "about_type",
            sa.Enum(
                "assignment",
                "dispatch_request",
                name="incident_about",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "accident",
                "complaint",
                "privacy",
                "safeguarding",
                name="incident_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "closed", name="incident_status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(about_type IS NULL) = (about_id IS NULL)", name=op.f("ck_incident_about")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_incident_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_status"), ["status"], unique=False)

    op.create_table(
        "incident_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_incident_action_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_action_incident_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_action")),
    )
    with op.batch_alter_table("incident_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_action_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_action_incident_id"), ["incident_id"], unique=False)

    op.create_table(
        "residence_permission_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("needed", sa.Boolean(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "ok",
                "not_needed",
                "needs_permission",
                name="permission_result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("checked_on <= expires_on", name=op.f("ck_residence_permission_check_order")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"],
            ["volunteer.id"],
            name=op.f("fk_residence_permission_check_volunteer_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residence_permission_check")),
    )
    with op.batch_alter_table("residence_permission_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_residence_permission_check_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "expense_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("activity_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "proposed",
                "approved",
                "paid",
                "rejected",
                name="expense_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("transport_jpy", sa.Integer(), nullable=False),
        sa.Column("honorarium_jpy", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("status_reason", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "transport_jpy >= 0 AND honorarium_jpy >= 0 AND minutes >= 0", name=op.f("ck_expense_claim_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_expense_claim_assignment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_expense_claim_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense_claim")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_expense_claim_assignment_id")),
    )
    with op.batch_alter_table("expense_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expense_claim_activity_on"), ["activity_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_claim_status"), ["status"], unique=False)
        batch_op.create_index("ix_expense_claim_volunteer_status", ["volunteer_id", "status"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nationality", sa.String(length=2), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("nationality")

    with op.batch_alter_table("expense_claim", schema=None) as batch_op:
        batch_op.drop_index("ix_expense_claim_volunteer_status")
        batch_op.drop_index(batch_op.f("ix_expense_claim_status"))
        batch_op.drop_index(batch_op.f("ix_expense_claim_activity_on"))

    op.drop_table("expense_claim")
    with op.batch_alter_table("residence_permission_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_residence_permission_check_volunteer_id"))

    op.drop_table("residence_permission_check")
    with op.batch_alter_table("incident_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_action_incident_id"))
        batch_op.drop_index(batch_op.f("ix_incident_action_account_id"))

    op.drop_table("incident_action")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_status"))
        batch_op.drop_index(batch_op.f("ix_incident_about_id"))

    op.drop_table("incident")
    op.drop_table("honorarium_rate")
