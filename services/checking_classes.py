"""The invariants of classrooms, in SQL; `services/checking.py` runs them with the others."""

from collections.abc import Mapping

CLASS_INVARIANTS: Mapping[str, str] = {
    "a class session has one shift": """
        SELECT class_session.id FROM class_session WHERE 1 <> (
            SELECT count(*) FROM shift
            WHERE shift.source_type = 'class_session' AND shift.source_id = class_session.id)""",
    "a shift of a class has its session": """
        SELECT shift.id FROM shift WHERE shift.source_type = 'class_session'
            AND NOT EXISTS (SELECT 1 FROM class_session WHERE class_session.id = shift.source_id)""",
    "a class session lies where its shift lies": """
        SELECT class_session.id FROM class_session
        JOIN shift ON shift.source_id = class_session.id AND shift.source_type = 'class_session'
        WHERE shift.starts_at <> class_session.starts_at OR shift.ends_at <> class_session.ends_at""",
    "a shift is cancelled with its class session alone": """
        SELECT class_session.id FROM class_session
        JOIN shift ON shift.source_id = class_session.id AND shift.source_type = 'class_session'
        WHERE (shift.status = 'cancelled' AND class_session.status NOT IN ('cancelled', 'postponed'))
            OR (shift.status IN ('planned', 'open', 'filled') AND class_session.status IN ('cancelled', 'postponed')
                AND class_session.updated_at < class_session.starts_at)""",
    "nobody stands on a class that was called off": """
        SELECT assignment.id FROM assignment
        JOIN shift ON shift.id = assignment.shift_id AND shift.source_type = 'class_session'
        JOIN class_session ON class_session.id = shift.source_id
        WHERE class_session.status IN ('cancelled', 'postponed') AND class_session.updated_at < class_session.starts_at
            AND assignment.status IN :holding""",
    "a class session belongs to the classroom of its term": """
        SELECT class_session.id FROM class_session JOIN term ON term.id = class_session.term_id
        WHERE class_session.classroom_id <> term.classroom_id""",
    "no term is without class sessions": """
        SELECT id FROM term WHERE NOT EXISTS (SELECT 1 FROM class_session WHERE class_session.term_id = term.id)""",
    "a class session is postponed exactly while another takes its place": """
        SELECT class_session.id FROM class_session
        LEFT JOIN class_session AS later ON later.replaces_id = class_session.id
        WHERE (class_session.status = 'postponed') <> (later.id IS NOT NULL)
            OR later.term_id <> class_session.term_id""",
    "a classroom does not meet twice at one time": """
        SELECT one.id FROM class_session AS one JOIN class_session AS other
            ON one.classroom_id = other.classroom_id AND one.id <> other.id
            AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
        WHERE one.status NOT IN ('cancelled', 'postponed') AND other.status NOT IN ('cancelled', 'postponed')""",
    "a class is merged with another one of its institution": """
        SELECT class_session.id FROM class_session
        JOIN classroom ON classroom.id = class_session.classroom_id
        JOIN class_session AS other ON other.id = class_session.merged_with_id
        JOIN classroom AS host ON host.id = other.classroom_id
        WHERE other.id = class_session.id OR host.organization_id <> classroom.organization_id""",
    "an open class is merged with one that takes place from its start to its end": """
        SELECT class_session.id FROM class_session
        JOIN class_session AS host ON host.id = class_session.merged_with_id
        WHERE class_session.status = 'open' AND (host.status NOT IN ('open', 'held', 'recorded', 'closed')
            OR host.starts_at > class_session.starts_at OR host.ends_at < class_session.ends_at)""",
    "no classroom gives more places than it has": """
        SELECT classroom.id FROM classroom WHERE classroom.capacity < (
            SELECT count(*) FROM enrollment
            WHERE enrollment.classroom_id = classroom.id AND enrollment.status IN :placed)""",
    "nobody waits at the number of another": """
        SELECT classroom_id FROM enrollment WHERE waitlist_no IS NOT NULL
        GROUP BY classroom_id, waitlist_no HAVING count(*) > 1""",
    "a learner is enrolled at her institution": """
        SELECT enrollment.id FROM enrollment
        JOIN classroom ON classroom.id = enrollment.classroom_id JOIN learner ON learner.id = enrollment.learner_id
        WHERE classroom.organization_id <> learner.organization_id""",
    "children learn and wait only where tutors are cleared for them": """
        SELECT enrollment.id FROM enrollment
        JOIN classroom ON classroom.id = enrollment.classroom_id AND NOT classroom.for_children
        JOIN learner ON learner.id = enrollment.learner_id AND learner.school_stage <> 'adult'
        WHERE enrollment.status IN ('waitlisted', 'offered', 'enrolled', 'on_break')""",
    "whoever stands on a roll was enrolled there": """
        SELECT attendance.id FROM attendance JOIN class_session ON class_session.id = attendance.session_id
        WHERE NOT EXISTS (SELECT 1 FROM enrollment WHERE enrollment.learner_id = attendance.learner_id
            AND enrollment.classroom_id = class_session.classroom_id)""",
    "a child attends with its guardian's consent": """
        SELECT attendance.id FROM attendance
        JOIN class_session ON class_session.id = attendance.session_id
        JOIN learner ON learner.id = attendance.learner_id AND learner.erased_on IS NULL
        WHERE 'adult' <> COALESCE(
                (SELECT known.stage FROM school_stage_change AS known
                    WHERE known.learner_id = learner.id AND known.made_at <= attendance.noted_at
                    ORDER BY known.made_at DESC, known.id DESC LIMIT 1),
                learner.school_stage)
            AND attendance.status IN :came AND class_session.occurrence_on IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM guardian_consent WHERE guardian_consent.learner_id = learner.id
                AND guardian_consent.scope = 'participation'
                AND guardian_consent.signed_on <= class_session.occurrence_on
                AND (guardian_consent.revoked_on IS NULL
                    OR guardian_consent.revoked_on >= class_session.occurrence_on))""",
    "nobody who learns or waits for a place is dated to be erased": """
        SELECT learner.id FROM learner WHERE learner.purge_on IS NOT NULL AND EXISTS (
            SELECT 1 FROM enrollment WHERE enrollment.learner_id = learner.id
                AND enrollment.status NOT IN ('completed', 'left', 'inquiry', 'interview'))""",
    "nothing is left of an erased learner that tells who she was": """
        SELECT learner.id FROM learner WHERE learner.erased_on IS NOT NULL AND (
            learner.first_name <> '' OR learner.guardian_name IS NOT NULL OR learner.guardian_phone IS NOT NULL
            OR learner.guardian_email IS NOT NULL OR learner.purge_on IS NOT NULL
            OR EXISTS (SELECT 1 FROM learner_target WHERE learner_target.learner_id = learner.id)
            OR EXISTS (SELECT 1 FROM school_stage_change WHERE school_stage_change.learner_id = learner.id)
            OR EXISTS (SELECT 1 FROM pairing WHERE pairing.learner_id = learner.id AND pairing.status <> 'ended')
            OR EXISTS (SELECT 1 FROM enrollment WHERE enrollment.learner_id = learner.id
                AND enrollment.status NOT IN ('completed', 'left'))
            OR EXISTS (SELECT 1 FROM notice WHERE notice.learner_id = learner.id AND notice.address IS NOT NULL))""",
    "nothing is consented to twice": """
        SELECT learner_id FROM guardian_consent WHERE revoked_on IS NULL
        GROUP BY learner_id, scope HAVING count(*) > 1""",
    "a pairing began before it ended, and only what began goes on": """
        SELECT id FROM pairing WHERE (status IN ('active', 'paused') AND started_on IS NULL)
            OR (status = 'ended') <> (ended_on IS NOT NULL) OR ended_on < started_on""",
}
