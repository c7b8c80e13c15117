"""plans, and assignments that come by one."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    _let_via_be("claim", "offer", "hand", "plan")
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("starts_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activities", sa.JSON(), nullable=False),
        sa.Column("time_limit_s", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("pins", sa.JSON(), nullable=False),
        sa.Column("exclusions", sa.JSON(), nullable=False),
        sa.Column("repairs", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "solving",
                "ready",
                "applied",
                "discarded",
                "failed",
                name="plan_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phase", sa.String(length=16), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("fill", sa.Integer(), nullable=True),
        sa.Column("fill_bound", sa.Integer(), nullable=True),
        sa.Column("soft", sa.Integer(), nullable=True),
        sa.Column("soft_bound", sa.Integer(), nullable=True),
        sa.Column("best", sa.JSON(), nullable=False),
        sa.Column("ended_as", sa.String(length=16), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("open_places", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("offer", "assign", name="plan_mode", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("waves", sa.Boolean(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_from < starts_to", name=op.f("ck_plan_order")),
        sa.ForeignKeyConstraint(["repairs"], ["plan.id"], name=op.f("fk_plan_repairs"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_repairs"), ["repairs"], unique=False)
        batch_op.create_index("ix_plan_status_leased_until", ["status", "leased_until"], unique=False)

    op.create_table(
        "plan_unfilled",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("demand_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("price", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_plan_unfilled_demand_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_unfilled_plan_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shift.id"], name=op.f("fk_plan_unfilled_shift_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_unfilled")),
        sa.UniqueConstraint("plan_id", "demand_id", name=op.f("uq_plan_unfilled_plan_id_demand_id")),
    )
    with op.batch_alter_table("plan_unfilled", schema=None) as batch_op:
        batch_op.create_index("ix_plan_unfilled_plan_starts_at", ["plan_id", "starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_unfilled_shift_id"), ["shift_id"], unique=False)

    op.create_table(
        "plan_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("demand_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "change",
            sa.Enum("gain", "keep", "lose", name="plan_change", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("to_ask", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("shift_version", sa.Integer(), nullable=False),
        sa.Column("volunteer_version", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "assigned",
                "offered",
                "released",
                "refused",
                name="plan_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_plan_proposal_assignment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_plan_proposal_demand_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_plan_proposal_offer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_proposal_plan_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shift.id"], name=op.f("fk_plan_proposal_shift_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_plan_proposal_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_proposal")),
        sa.UniqueConstraint(
            "plan_id",
            "shift_id",
            "demand_id",
            "volunteer_id",
            name=op.f("uq_plan_proposal_plan_id_shift_id_demand_id_volunteer_id"),
        ),
    )
    with op.batch_alter_table("plan_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_proposal_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_proposal_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index("ix_plan_proposal_plan_starts_at", ["plan_id", "starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_proposal_shift_id"), ["shift_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_proposal_volunteer_id"), ["volunteer_id"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("plan_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_proposal_volunteer_id"))
        batch_op.drop_index(batch_op.f("ix_plan_proposal_shift_id"))
        batch_op.drop_index("ix_plan_proposal_plan_starts_at")
        batch_op.drop_index(batch_op.f("ix_plan_proposal_offer_id"))
        batch_op.drop_index(batch_op.f("ix_plan_proposal_assignment_id"))

    op.drop_table("plan_proposal")
    with op.batch_alter_table("plan_unfilled", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_unfilled_shift_id"))
        batch_op.drop_index("ix_plan_unfilled_plan_starts_at")

    op.drop_table("plan_unfilled")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_status_leased_until")
        batch_op.drop_index(batch_op.f("ix_plan_repairs"))

    op.drop_table("plan")
    _let_via_be("claim", "offer", "hand")


def _let_via_be(*doors: str) -> None:
    """Let assignments come by these doors."""
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_assignment_via"), type_="check")
        batch_op.create_check_constraint(op.f("ck_assignment_via"), sa.column("via").in_(doors))
