"""The application: settings in, an ASGI app out. Only the server and the tests import this module."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api import logs, openapi, problems
from api.db import Database, Wiring
from api.middleware import BodyLimit
from api.settings import Settings, WorkerPlace, read_settings
from api.startup import refuse_unfit
from routers import (
    accounts,
    appointments,
    assignments,
    audit_events,
    auth,
    availability,
    availability_calls,
    broadcasts,
    certificate_checks,
    change_rules,
    checkup_sessions,
    class_sessions,
    classrooms,
    clients,
    consultations,
    contact_attempts,
    course_paths,
    device_loans,
    dispatch_requests,
    dispatch_series,
    districts,
    documents,
    enrollments,
    events,
    exam_periods,
    expense_claims,
    facilities,
    fallbacks,
    health,
    holidays,
    honorarium_rates,
    host_stays,
    hosts,
    incidents,
    indicators,
    key_persons,
    languages,
    learners,
    lecture_engagements,
    level_assessments,
    me,
    me_work,
    memberships,
    offers,
    organizations,
    pairings,
    partner_agreements,
    phone_list,
    plans,
    recognition,
    recruitment,
    registrations,
    reports,
    retention,
    review_cycles,
    service_types,
    shifts,
    skills,
    training_enrollments,
    training_sessions,
    trainings,
    volunteer_records,
    volunteers,
    worklist,
)
from routers import problems as problem_pages
from services.clock import Clock, system_clock
from worker.loop import Loop

# Hot resources first: the router tries them in this order.
RESOURCES = (
    shifts,
    offers,
    assignments,
    me_work,
    me,
    dispatch_requests,
    fallbacks,
    dispatch_series,
    clients,
    checkup_sessions,
    class_sessions,
    classrooms,
    events,
    change_rules,
    worklist,
    phone_list,
    plans,
    contact_attempts,
    expense_claims,
    consultations,
    incidents,
    recruitment,  # its fixed paths under /v1/volunteers come before those of one volunteer
    volunteers,
    registrations,
    volunteer_records,
    availability,
    availability_calls,
    trainings,
    training_sessions,
    training_enrollments,
    course_paths,
    documents,
    certificate_checks,
    recognition,
    organizations,
    pairings,
    exam_periods,
    facilities,
    service_types,
    districts,
    enrollments,
    languages,
    learners,
    lecture_engagements,
    level_assessments,
    skills,
    holidays,
    key_persons,
    broadcasts,
    appointments,
    memberships,
    partner_agreements,
    device_loans,
    hosts,
    host_stays,
    honorarium_rates,
    reports,
    retention,
    indicators,
    review_cycles,
    audit_events,
    auth,
    accounts,
    problem_pages,
    health,
)


def wire(settings: Settings, clock: Clock = system_clock) -> Wiring:
    """Return what the process shares, made from the settings."""
    return Wiring(settings, Database.of(settings), clock, settings.vault(), settings.rules())


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock, with_worker: bool = True) -> FastAPI:
    """Return the application. Its lifespan refuses to start where production would not be safe."""
    logs.configure()
    wiring = wire(settings or read_settings(), clock)
    app = FastAPI(
        title="Kakehashi",
        lifespan=_lifespan(wiring, with_worker=with_worker),
        **openapi.DESCRIPTION,
    )
    app.state.wiring = wiring
    problems.install(app)
    app.add_middleware(BodyLimit, limit=wiring.settings.max_body_bytes)
    if wiring.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(wiring.settings.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Accept-Language"],
            expose_headers=["ETag", "Location", "Link", "Retry-After"],
        )
    for resource in RESOURCES:
        app.include_router(resource.router)
    openapi.install(app)
    return app


def _lifespan(wiring: Wiring, *, with_worker: bool) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(refuse_unfit, wiring)
        anyio.to_thread.current_default_thread_limiter().total_tokens = wiring.settings.threads_or_default
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        loop = Loop(wiring) if with_worker and wiring.settings.worker is WorkerPlace.THREAD else None
        if loop:
            loop.start()
        try:
            yield
        finally:
            if loop:
                await asyncio.to_thread(loop.stop)
            wiring.database.close()

    return lifespan
