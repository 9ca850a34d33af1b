"""What ``lplate admin`` can ask of a running bot: a table of verbs.

A verb takes the arguments of a request and returns a report: *text* for people, *data* for programs. To add
one, write its function and name it in VERBS.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

from lplate.domain.broadcast import Audience
from lplate.domain.invitation import PREFIX
from lplate_bot.operators.refusal import RefusedError

if TYPE_CHECKING:
    from lplate.domain.broadcast import Broadcast
    from lplate.domain.invitation import Invite
    from lplate.domain.tiers import Membership
    from lplate_bot.caches import Caches
    from lplate_bot.operators.office import Office

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """Tell what a verb did or found."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bot:
    """Hold what verbs work on."""

    office: Office
    username: str
    caches: Caches


Verb = Callable[[Bot, Arguments], Awaitable[Report]]


async def stats(bot: Bot, _: Arguments) -> Report:
    """Tell the numbers of the day."""
    seen = await bot.office.overview()
    day = seen.day
    lines = [
        f"learners   {day.learners} ({day.blocked} blocked the bot)",
        f"today      {day.active} active, {day.new} new, {day.answers} answers, {day.right_percent} % right",
        "waiting    " + ", ".join(f"{count} {name}" for name, count in seen.queues.items()),
        "refused    " + (", ".join(f"{count} {name}" for name, count in seen.refusals.items()) or "none"),
        "open       " + ("no: maintenance" if seen.maintenance.is_on else "yes"),
    ]
    if seen.broadcast is not None:
        lines.append("broadcast  " + _broadcast_line(seen.broadcast))
    numbers = {
        "learners": day.learners,
        "blocked": day.blocked,
        "active_today": day.active,
        "new_today": day.new,
        "answers_today": day.answers,
        "right_today": day.right,
        "waiting": dict(seen.queues),
        "refused": dict(seen.refusals),
        "maintenance": seen.maintenance.is_on,
    }
    return Report("\n".join(lines), numbers)


async def learner(bot: Bot, arguments: Arguments) -> Report:
    """Show one learner."""
    sheet = await bot.office.learner(_integer(arguments, "id"))
    person = sheet.learner
    numbers = sheet.statistics
    data = {
        "id": person.id,
        "tier": sheet.tier,
        "tier_until": _iso(person.membership),
        "since": _moment(person.created_at_ms),
        "last_seen": _moment(person.active_at_ms),
        "language": person.language,
        "bank": person.bank_id,
        "is_blocked": person.is_blocked,
        "answered": numbers.answered if numbers else 0,
        "right": numbers.right if numbers else 0,
        "seen": numbers.seen if numbers else 0,
        "due": numbers.due if numbers else 0,
    }
    return Report("\n".join(f"{name:<11}{_shown(value)}" for name, value in data.items()), data)


async def tier(bot: Bot, arguments: Arguments) -> Report:
    """Give a learner a tier."""
    name = _text(arguments, "tier")
    changed = await bot.office.set_tier(_integer(arguments, "id"), name, _days(arguments, "days"))
    until = _iso(changed.membership)
    return Report(f"learner {changed.id}: {name}" + (f" until {until}" if until else ""))


async def tiers(bot: Bot, arguments: Arguments) -> Report:
    """List the tiers, read again first if asked for."""
    if arguments.get("reload"):
        bot.office.tiers.reload()
    lines, data = [], {}
    for each in bot.office.tiers:
        pace = f"{each.rate_per_minute:g} tokens a minute, {each.burst:g} at once"
        lines.append(f"{each.name:<12}{'unlimited' if each.is_unlimited else pace}")
        data[each.name] = {
            "rate_per_minute": each.rate_per_minute,
            "burst": each.burst,
            "is_unlimited": each.is_unlimited,
        }
    return Report("\n".join(lines), data)


async def invite_new(bot: Bot, arguments: Arguments) -> Report:
    """Make an invitation."""
    made = await bot.office.new_invite(
        _text(arguments, "tier"), _integer(arguments, "uses"), _days(arguments, "days"),
        _days(arguments, "open_days"),
    )  # fmt: skip
    link = invite_link(bot.username, made)
    return Report(link, {"code": made.code, "link": link})


async def invite_list(bot: Bot, _: Arguments) -> Report:
    """List all invitations."""
    rows = await bot.office.invites()
    lines = [
        f"{made.code}  {made.tier}  {used} of {made.uses} used  "
        f"{'for good' if made.days is None else f'{made.days} days'}  "
        f"{'never over' if made.until_ms is None else 'until ' + _moment(made.until_ms)}"
        for made, used in rows
    ]
    data = {made.code: {"tier": made.tier, "uses": made.uses, "used": used} for made, used in rows}
    return Report("\n".join(lines) or "no invitations", data)


async def invite_withdraw(bot: Bot, arguments: Arguments) -> Report:
    """End an invitation."""
    made = await bot.office.withdraw_invite(_text(arguments, "code"))
    return Report(f"{made.code}: over; who used it keeps what they got")


async def maintenance(bot: Bot, arguments: Arguments) -> Report:
    """Open or close the bot to learners."""
    notice = _text(arguments, "notice") if arguments.get("notice") else ""
    is_on = bool(arguments.get("on"))
    await bot.office.set_maintenance(is_on=is_on, notice=notice)
    if is_on:
        return Report(
            "maintenance: presses are answered with a notice; operators pass", {"maintenance": True}
        )
    return Report("open: learners can practise", {"maintenance": False})


async def broadcast_new(bot: Bot, arguments: Arguments) -> Report:
    """Keep a draft; texts come as pairs of language and text, plain unless *is_html*."""
    given = arguments.get("texts")
    if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):  # noqa: PLR2004 - a pair
        raise RefusedError("texts must be pairs of language and text")
    is_html = bool(arguments.get("is_html"))
    texts = [(str(language), str(text) if is_html else escape(str(text))) for language, text in given]
    name = str(arguments.get("tier") or "")
    draft = await bot.office.broadcasts.draft(texts, Audience(name, _days(arguments, "days")))
    line = f"{_broadcast_line(draft)}\nsend it: lplate admin broadcast start {draft.id}"
    return Report(line, _broadcast_data(draft))


async def broadcast_list(bot: Bot, _: Arguments) -> Report:
    """List the newest broadcasts."""
    rows = await bot.office.broadcasts.recent()
    lines = "\n".join(_broadcast_line(row) for row in rows)
    return Report(lines or "no broadcasts", {str(row.id): _broadcast_data(row) for row in rows})


async def broadcast_start(bot: Bot, arguments: Arguments) -> Report:
    """Send a draft, or go on with a paused one."""
    return _broadcast(await bot.office.broadcasts.start(_integer(arguments, "id")))


async def broadcast_pause(bot: Bot, arguments: Arguments) -> Report:
    """Pause what runs."""
    return _broadcast(await bot.office.broadcasts.pause(_integer(arguments, "id")))


async def broadcast_cancel(bot: Bot, arguments: Arguments) -> Report:
    """Cancel a broadcast."""
    return _broadcast(await bot.office.broadcasts.cancel(_integer(arguments, "id")))


async def caches_clear(bot: Bot, _: Arguments) -> Report:
    """Empty all caches; what is asked for is read anew."""
    held = bot.caches.clear()
    return Report("\n".join(f"{name}: {count} entries dropped" for name, count in held.items()), held)


VERBS: Final[Mapping[str, Verb]] = {
    "stats": stats,
    "learner": learner,
    "tier": tier,
    "tiers": tiers,
    "invite new": invite_new,
    "invite list": invite_list,
    "invite withdraw": invite_withdraw,
    "maintenance": maintenance,
    "broadcast new": broadcast_new,
    "broadcast list": broadcast_list,
    "broadcast start": broadcast_start,
    "broadcast pause": broadcast_pause,
    "broadcast cancel": broadcast_cancel,
    "caches clear": caches_clear,
}


def invite_link(username: str, invite: Invite) -> str:
    """Return what to send to those who are invited."""
    return f"https://t.me/{username}?start={PREFIX}{invite.code}"


def _broadcast(row: Broadcast) -> Report:
    return Report(_broadcast_line(row), _broadcast_data(row))


def _broadcast_line(row: Broadcast) -> str:
    return (
        f"{row.id}  {row.state.value}  {row.reached} of {row.total}: {row.sent} sent, {row.blocked} blocked, "
        f"{row.failed} failed, {row.unsure} unsure"
    )


def _broadcast_data(row: Broadcast) -> dict[str, Any]:
    return {
        "id": row.id, "state": row.state.value, "total": row.total, "reached": row.reached, "sent": row.sent,
        "blocked": row.blocked, "failed": row.failed, "unsure": row.unsure,
    }  # fmt: skip


def _integer(arguments: Arguments, name: str) -> int:
    value = arguments.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise RefusedError(f"{name} must be a whole number")
    return value


def _days(arguments: Arguments, name: str) -> int | None:
    return None if arguments.get(name) is None else _integer(arguments, name)


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"{name} must be text")
    return value


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def _iso(membership: Membership | None) -> str | None:
    return None if membership is None or membership.until_ms is None else _moment(membership.until_ms)


def _shown(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
