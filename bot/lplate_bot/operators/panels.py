"""What operators see in chat: short panels with few buttons, each edited in place."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lplate.domain.broadcast import Audience, BroadcastState
from lplate.domain.tiers import FREE
from lplate_bot.render import buttons
from lplate_bot.render.message import Button, Message
from lplate_bot.render.pages import day, language_name, membership_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lplate.domain.broadcast import Broadcast
    from lplate.domain.invitation import Invite
    from lplate.domain.learner import Learner
    from lplate_bot.operators.office import LearnerSheet, Overview
    from lplate_bot.render.message import Rows
    from lplate_bot.render.texts import Texts

CODE: Final = "x"
"""Begins the callback data of every button here: an operator's, checked at each press."""
TERMS: Final = (30, 90, 365, 0)
"""Days to choose from for a tier; 0: for good."""
USES: Final = (1, 10, 50, 200)
ACTIVITY: Final = (0, 7, 30)
"""Days to choose from for an audience; 0: whenever they were active."""
_CELLS: Final = 12
_MOST_LISTED: Final = 10


def home_panel(seen: Overview, words: Texts) -> Message:
    """Return the numbers of the day, and ways to everything else."""
    numbers, is_closed = seen.day, seen.maintenance.is_on
    lines = [
        "🛠 <b>" + words.gettext("Today (UTC)") + "</b>",
        words.gettext("Learners: %(active)d active, %(new)d new, %(all)d in all")
        % {"active": numbers.active, "new": numbers.new, "all": numbers.learners},
        words.gettext("Answers: %(count)d, %(percent)d %% right")
        % {"count": numbers.answers, "percent": numbers.right_percent},
        words.gettext("Waiting: %(updates)d updates, %(replies)d replies")
        % {name: seen.queues.get(name, 0) for name in ("updates", "replies")},
    ]
    if seen.refusals:
        refused = ", ".join(f"{escape(tier)} {count}" for tier, count in seen.refusals.items())
        lines.append(words.gettext("Slowed down since the start: %s") % refused)
    if is_closed:
        lines.append("🚧 " + words.gettext("Maintenance: learners are told to come back later."))
    if seen.broadcast is not None and seen.broadcast.is_open:
        lines.append("📣 " + progress_line(seen.broadcast, words))
    switch = words.gettext("Open again") if is_closed else words.gettext("Maintenance")
    rows: Rows = (
        (_button("🔄 " + words.gettext("Refresh"), "home"), _button("👤 " + words.gettext("Learner"), "who")),
        (_button("📣 " + words.gettext("Broadcast"), "bc"), _button("🎟 " + words.gettext("Invite"), "inv")),
        (_button("🚧 " + switch, "mt", int(not is_closed)),),
    )
    return Message.of("\n".join(lines), rows)


# -- learners ----------------------------------------------------------------------------------------------


def who_panel(words: Texts) -> Message:
    """Say how to name a learner; the bot knows no names."""
    text = words.gettext(
        "I keep no names. Send me /admin with the learner's id, forward me one of their messages, or share "
        "their contact."
    )
    return Message.of(text, (_home(words),))


def learner_panel(sheet: LearnerSheet, tiers: Iterable[str], words: Texts) -> Message:
    """Show one learner, and the tiers they may be given."""
    person, numbers = sheet.learner, sheet.statistics
    lines = [f"👤 <code>{person.id}</code>", _tier_line(person, sheet.tier, words)]
    lines.append(words.gettext("Here since %s") % day(person.created_at_ms))
    lines.append(words.gettext("Last seen %s") % day(person.active_at_ms))
    if person.language:
        lines.append(words.gettext("Language: %s") % language_name(person.language))
    if person.is_blocked:
        lines.append("⛔ " + words.gettext("has blocked the bot"))
    if numbers is not None:
        percent = round(100 * numbers.right / numbers.answered) if numbers.answered else 0
        progress = {"answered": numbers.answered, "percent": percent, "seen": numbers.seen}
        progress["size"] = numbers.size
        lines.append(
            words.gettext("%(answered)d answers, %(percent)d %% right, %(seen)d of %(size)d questions met")
            % progress
        )
    choices = [_button(_ticked(name, is_on=name == sheet.tier), "t", person.id, name) for name in tiers]
    return Message.of("\n".join(lines), (*_in_pairs(choices), _home(words)))


def _tier_line(person: Learner, tier: str, words: Texts) -> str:
    if tier == FREE or person.membership is None:
        return words.gettext("Tier: %s") % f"<b>{FREE}</b>"
    return membership_text(person.membership, words)


def term_panel(person: int, tier: str, words: Texts) -> Message:
    """Ask how long a tier is to last."""
    text = words.gettext("Tier %(tier)s for learner %(id)d: how long?") % {"tier": tier, "id": person}
    terms = [_button(_term(days, words), "s", person, tier, days) for days in TERMS]
    return Message.of(text, (*_in_pairs(terms), (_button("◀ " + words.gettext("Back"), "l", person),)))


# -- invitations -------------------------------------------------------------------------------------------


def invites_panel(
    rows: Sequence[tuple[Invite, int]], tiers: Iterable[str], now_ms: int, words: Texts
) -> Message:
    """List the invitations that still work, and offer to make one."""
    open_ones = [(made, used) for made, used in rows if not made.is_over(now_ms) and used < made.uses]
    lines = ["🎟 <b>" + words.gettext("Invitations") + "</b>"]
    lines += [
        words.gettext("%(code)s: %(tier)s, %(used)d of %(uses)d used")
        % {"code": f"<code>{made.code}</code>", "tier": escape(made.tier), "used": used, "uses": made.uses}
        for made, used in open_ones[-_MOST_LISTED:]
    ]
    lines.append(words.gettext("A new one, for which tier?"))
    choices = [_button(name, "it", name) for name in tiers if name != FREE]
    ending = [_button(f"🗑 {made.code}", "iw", made.code) for made, _ in open_ones[-_MOST_LISTED:]]
    return Message.of("\n".join(lines), (*_in_pairs(choices), *_in_pairs(ending), _home(words)))


def uses_panel(tier: str, words: Texts) -> Message:
    """Ask how many may use a new invitation."""
    choices = [_button(str(uses), "iu", tier, uses) for uses in USES]
    return Message.of(
        words.gettext("Invitation to %s: for how many learners?") % tier, (*_in_pairs(choices), _home(words))
    )


def invite_term_panel(tier: str, uses: int, words: Texts) -> Message:
    """Ask how long the tier of a new invitation lasts."""
    choices = [_button(_term(days, words), "ic", tier, uses, days) for days in TERMS]
    return Message.of(
        words.gettext("Invitation to %s: for how long?") % tier, (*_in_pairs(choices), _home(words))
    )


def invite_panel(made: Invite, link: str, words: Texts) -> Message:
    """Show a new invitation, to be passed on."""
    text = words.ngettext(
        "This link gives %(tier)s to %(uses)d learner:", "This link gives %(tier)s to %(uses)d learners:",
        made.uses,
    ) % {"tier": escape(made.tier), "uses": made.uses}  # fmt: skip
    lines = [f"🎟 {text}", escape(link)]
    if made.until_ms is not None:
        lines.append(words.gettext("It works until %s.") % day(made.until_ms))
    return Message.of("\n".join(lines), ((_button("◀ " + words.gettext("Back"), "inv"),),))


# -- broadcasts --------------------------------------------------------------------------------------------


def broadcasts_panel(recent: Sequence[Broadcast], words: Texts) -> Message:
    """Say how to write a broadcast, and lead to the newest."""
    text = words.gettext(
        "📣 Write /admin say and your text in one message. For several languages begin each part with a line "
        "like [en] or [de]; the first serves everybody else. You see it before it goes out."
    )
    shown = [_button(f"{row.id} · {_state(row, words)}", "bv", row.id) for row in recent[:4]]
    return Message.of(text, (*_in_pairs(shown), _home(words)))


def draft_panel(draft: Broadcast, tiers: Iterable[str], words: Texts) -> Message:
    """Show whom a draft is for, to be chosen, and the button that sends it."""
    audience = draft.audience
    lines = [
        "📣 <b>" + words.gettext("Broadcast %d") % draft.id + "</b>",
        words.gettext("Languages: %s") % ", ".join(language for language, _ in draft.texts),
        words.gettext("Above is what goes out. Who gets it?"),
    ]
    by_activity = [
        _button(
            _ticked(_activity(days, words), is_on=(audience.days or 0) == days),
            "ba",
            draft.id,
            days,
            audience.tier,
        )
        for days in ACTIVITY
    ]
    by_tier = [
        _button(
            _ticked(name or words.gettext("all tiers"), is_on=audience.tier == name),
            "ba",
            draft.id,
            audience.days or 0,
            name,
        )
        for name in ("", *tiers)
    ]
    send = words.ngettext("Send to %d learner", "Send to %d learners", draft.total) % draft.total
    start: Button = {**_button("▶ " + send, "bs", draft.id), "style": "primary"}
    put_away = _button("🗑 " + words.gettext("Put away"), "bx", draft.id)
    rows = [*[(each,) for each in by_activity], *_in_pairs(by_tier), (start,), (put_away,)]
    return Message.of("\n".join(lines), tuple(rows))


def progress_panel(broadcast: Broadcast, words: Texts) -> Message:
    """Show how far a broadcast has come, and what can be done with it."""
    lines = [
        "📣 <b>" + words.gettext("Broadcast %d") % broadcast.id + "</b>",
        bar(broadcast),
        progress_line(broadcast, words),
    ]
    if broadcast.blocked:
        lines.append(words.gettext("Blocked the bot: %d") % broadcast.blocked)
    if broadcast.failed:
        lines.append(words.gettext("Not taken by Telegram: %d") % broadcast.failed)
    if broadcast.unsure:
        lines.append(words.gettext("May have arrived, not sent again: %d") % broadcast.unsure)
    return Message.of("\n".join(lines), _progress_rows(broadcast, words))


def _progress_rows(broadcast: Broadcast, words: Texts) -> Rows:
    cancel = _button("⏹ " + words.gettext("Cancel"), "bx", broadcast.id)
    if broadcast.state is BroadcastState.RUNNING:
        return ((_button("⏸ " + words.gettext("Pause"), "bh", broadcast.id), cancel),)
    if broadcast.state is BroadcastState.PAUSED:
        return ((_button("▶ " + words.gettext("Go on"), "bs", broadcast.id), cancel),)
    return (_home(words),)


def bar(broadcast: Broadcast) -> str:
    """Return the share that had their turn, as a bar."""
    share = min(1.0, broadcast.reached / broadcast.total) if broadcast.total else 1.0
    full = int(share * _CELLS)
    return "▰" * full + "▱" * (_CELLS - full)


def progress_line(broadcast: Broadcast, words: Texts) -> str:
    """Return state and counts in a line."""
    return words.gettext("%(state)s: %(sent)d sent of %(total)d") % {
        "state": _state(broadcast, words),
        "sent": broadcast.sent,
        "total": broadcast.total,
    }


def audience_of(days: str, tier: str) -> Audience:
    """Return the audience that a button names."""
    return Audience(tier, int(days) or None)


def _state(broadcast: Broadcast, words: Texts) -> str:
    return {
        BroadcastState.DRAFT: words.gettext("draft"),
        BroadcastState.RUNNING: words.gettext("running"),
        BroadcastState.PAUSED: words.gettext("paused"),
        BroadcastState.CANCELLED: words.gettext("cancelled"),
        BroadcastState.DONE: words.gettext("done"),
    }[broadcast.state]


# -- pieces ------------------------------------------------------------------------------------------------


def _term(days: int, words: Texts) -> str:
    return words.ngettext("%d day", "%d days", days) % days if days else words.gettext("for good")


def _activity(days: int, words: Texts) -> str:
    if not days:
        return words.gettext("everybody")
    return words.ngettext("active in the last %d day", "active in the last %d days", days) % days


def _ticked(label: str, *, is_on: bool) -> str:
    return f"{'☑' if is_on else '☐'} {label}"


def _button(label: str, *parts: str | int) -> Button:
    return {"text": label, "callback_data": buttons.data(CODE, *parts)}


def _home(words: Texts) -> tuple[Button, ...]:
    return (_button("🛠 " + words.gettext("Overview"), "home"),)


def _in_pairs(found: Sequence[Button]) -> list[tuple[Button, ...]]:
    return [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
