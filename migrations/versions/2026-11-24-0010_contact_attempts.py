"""contact attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "contact_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("volunteer_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column(
            "about_type",
            sa.Enum(
                "assignment",
                "availability_call",
                "dispatch_request",
                "offer",
                "shift",
                name="contact_topic",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "reached",
                "no_answer",
                "call_back",
                "wrong_number",
                name="contact_result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_code", sa.String(length=40), nullable=True),
        sa.Column("notice_ids", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(result = 'call_back') = (call_back_at IS NOT NULL)", name=op.f("ck_contact_attempt_call_back")
        ),
        sa.CheckConstraint("(about_type IS NULL) = (about_id IS NULL)", name=op.f("ck_contact_attempt_about_whole")),
        sa.CheckConstraint(
            "(volunteer_id IS NULL) <> (organization_id IS NULL)", name=op.f("ck_contact_attempt_one_party")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_contact_attempt_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_contact_attempt_volunteer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
    )
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_attempt_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_attempt_call_back_at"), ["call_back_at"], unique=False)
        batch_op.create_index("ix_contact_attempt_organization_at", ["organization_id", "at"], unique=False)
        batch_op.create_index("ix_contact_attempt_volunteer_at", ["volunteer_id", "at"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_wrong_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("phone_wrong_at")

    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_attempt_volunteer_at")
        batch_op.drop_index("ix_contact_attempt_organization_at")
        batch_op.drop_index(batch_op.f("ix_contact_attempt_call_back_at"))
        batch_op.drop_index(batch_op.f("ix_contact_attempt_at"))
        batch_op.drop_index(batch_op.f("ix_contact_attempt_about_id"))

    op.drop_table("contact_attempt")
