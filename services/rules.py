"""The house rules an operator may set: zone, office hours, buffers, deadlines. Data of coordinators lives in tables."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class HouseRules:
    """Numbers of domain.md §4 with their defaults; minutes unless the name says otherwise."""

    zone: ZoneInfo
    holiday_country: str = "JP"
    office_opens: time = time(9)
    office_closes: time = time(17)
    pledge_version: str = "2025-04"
    arrive_early_minutes: int = 15
    buffer_same_facility: int = 15
    buffer_same_district: int = 30
    buffer_elsewhere: int = 45
    asks_per_week: int = 3
    open_asks: int = 3
    offer_batch: int = 3
    reply_within_hours: int = 24
    urgent_reply_hours: int = 2
    last_call_hours: int = 6
    cascade_recheck_minutes: int = 30
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    rare_language_residents: int = 10
    identity_days_before: int = 3
    identity_days_after: int = 1
    condition_release_business_days: int = 2
    condition_flag_business_days: int = 5
    calm_dropout_business_days: int = 3
    no_show_wait_minutes: int = 15
    no_show_review_count: int = 3
    no_show_review_months: int = 12
    message_days: int = 1
    report_reminder_days: tuple[int, ...] = (3, 7)
    report_office_days: int = 14
    identity_purge_days: int = 30
    referral_outcome_days: int = 14
    consultation_stale_days: int = 14
    risk_business_days: int = 2
    finding_reminder_days: tuple[int, ...] = (7, 0)
    deadline_notice_days: tuple[int, ...] = (30, 7)
    answer_business_days: int = 1
    host_answer_days: int = 5
    certificate_warning_days: int = 60
    unreachable_attempts: int = 3
    unreachable_days: int = 90
    recheck_days: int = 60
    reminders: tuple[tuple[str, timedelta], ...] = (
        ("reminder_week", timedelta(days=7)),
        ("reminder_day", timedelta(days=1)),
        ("reminder_soon", timedelta(hours=2)),
    )
    renewal_grace: tuple[int, int] = (4, 30)
    volunteer_min_age: int = 18
    minor_min_age: int = 16
    minor_kinds: tuple[str, ...] = ("event", "japanese_tutoring", "study_support")
    applications_per_hour: int = 60
    registration_years: int = 2
    activation_courses: tuple[tuple[str, str], ...] = (("interpretation", "basic"),)
    renewal_reminder_days: tuple[int, ...] = (60, 30)
    rejected_months: int = 6
    learner_years: int = 1
    consultation_years: int = 3
    availability_prompt: tuple[int, int] = (10, 1)
    availability_prompt_days: int = 14
    invitation_days: int = 14
    reset_hours: int = 2
    public_url: str = "http://127.0.0.1:8000"
    foundation_name: str = "国際交流財団"

    def grace_ends(self, valid_until: date) -> date:
        """Return the last day of the grace after a registration that ended on a 31 March."""
        month, day = self.renewal_grace
        return valid_until.replace(month=month, day=day)

    def renewal_opens(self, valid_until: date) -> date:
        """Return the day from which a registration may be renewed: that of the first reminder."""
        return valid_until - timedelta(days=max(self.renewal_reminder_days))
