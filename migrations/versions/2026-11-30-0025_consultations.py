"""consultations."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "consultation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("no", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "desk",
                "class_session",
                "phone",
                "mail",
                "line",
                "video",
                name="consultation_channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("class_session_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("urgent_codes", sa.JSON(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum("normal", "soon", "urgent", name="urgency", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "heard_from",
            sa.Enum(
                "friend",
                "family",
                "school",
                "workplace",
                "classroom",
                "health_center",
                "city_office",
                "key_person",
                "website",
                "social_media",
                "leaflet",
                "other",
                "not_told",
                name="heard_from",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "received",
                "triaged",
                "in_progress",
                "referred",
                "resolved",
                "closed",
                name="consultation_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column(
            "resolution",
            sa.Enum(
                "answered",
                "handed_on",
                "stopped_coming",
                "not_ours",
                name="resolution",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(channel = 'class_session') = (class_session_id IS NOT NULL)", name=op.f("ck_consultation_place")
        ),
        sa.CheckConstraint("status = 'received' OR heard_from IS NOT NULL", name=op.f("ck_consultation_heard")),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_consultation_minutes")),
        sa.CheckConstraint(
            "(status IN ('resolved', 'closed')) = (settled_at IS NOT NULL)", name=op.f("ck_consultation_settled")
        ),
        sa.ForeignKeyConstraint(
            ["class_session_id"],
            ["class_session.id"],
            name=op.f("fk_consultation_class_session_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["account.id"], name=op.f("fk_consultation_officer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
        sa.UniqueConstraint("no", name=op.f("uq_consultation_no")),
    )
    op.create_index(op.f("ix_consultation_class_session_id"), "consultation", ["class_session_id"], unique=False)
    op.create_index(op.f("ix_consultation_officer_id"), "consultation", ["officer_id"], unique=False)
    op.create_index(op.f("ix_consultation_received_at"), "consultation", ["received_at"], unique=False)
    op.create_index(op.f("ix_consultation_status"), "consultation", ["status"], unique=False)

    op.create_table(
        "consultation_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purge_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_consultation_identity_consultation_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_identity")),
        sa.UniqueConstraint("consultation_id", name=op.f("uq_consultation_identity_consultation_id")),
    )
    op.create_index(op.f("ix_consultation_identity_purge_on"), "consultation_identity", ["purge_on"], unique=False)

    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=True),
        sa.Column(
            "without_consent",
            sa.Enum(
                "life_in_danger",
                "child_in_danger",
                "cannot_be_asked",
                name="life_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("shared", sa.JSON(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "helped",
                "entered_school",
                "declined",
                "not_reached",
                "unknown",
                name="referral_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(consented_on IS NULL) <> (without_consent IS NULL)", name=op.f("ck_referral_basis")),
        sa.CheckConstraint("(outcome IS NULL) = (outcome_at IS NULL)", name=op.f("ck_referral_outcome")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_referral_consultation_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_referral_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index(op.f("ix_referral_consultation_id"), "referral", ["consultation_id"], unique=False)
    op.create_index(op.f("ix_referral_organization_id"), "referral", ["organization_id"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("referral")

    op.drop_table("consultation_identity")

    op.drop_table("consultation")
