"""Whom to call at once where something cannot wait: public services of the reference data, worded in the catalogues."""

from collections.abc import Iterable

from models.consultation import EmergencyContact
from services.reference import emergency_numbers
from services.unit import Unit
from services.wording import say


def contacts_for(unit: Unit, codes: Iterable[str]) -> list[EmergencyContact]:
    """Return the public services for these urgent codes, the one to call first at the head, none twice."""
    asked = set(codes)
    return [
        EmergencyContact(
            code=entry["code"],
            number=entry["number"],
            name=say("emergencies", entry["code"], unit.language),
            detail=say("emergencies", f"{entry['code']}_detail", unit.language),
        )
        for entry in emergency_numbers()
        if asked & {*entry["urgent_codes"]}
    ]
