"""Templates of dates and times; the second computation asks Python's calendar or lets the minutes pass."""

from __future__ import annotations

import datetime
import itertools
from fractions import Fraction

from benchmarks.templates.question import Draws, Question, clock, clock_aliases, counted, template
from benchmarks.templates.words import MONTHS, NAMES, WEEKDAYS

# Towns with their usual offset from UTC in minutes; the prompt states it, so that nothing need be known.
_PLACES = (
    ("Santiago", -240), ("Bogota", -300), ("Denver", -420), ("Halifax", -240), ("Accra", 0), ("Lagos", 60),
    ("Cairo", 120), ("Nairobi", 180), ("Tehran", 210), ("Karachi", 300), ("Mumbai", 330), ("Kathmandu", 345),
    ("Hanoi", 420), ("Perth", 480), ("Osaka", 540), ("Adelaide", 570), ("Auckland", 720),
)  # fmt: skip
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEK = 7


@template("dates_and_time", 2, "text")
def weekday_after_so_many_days(draws: Draws) -> Question | None:
    """Two steps: the remainder by 7, count on."""
    today, days = draws.integer(0, 6), draws.integer(20, 300)
    back = draws.pick((True, False))
    if days % _WEEK == 0:
        return None
    event = draws.pick(("A vaccine was given", "A seed was sown", "A fine was sent out", "A parcel was lost"))
    prompt = (
        f"{event} {days} days ago, and today is {WEEKDAYS[today]}. On what day of the week was that?"
        if back
        else f"Today is {WEEKDAYS[today]}, and a permit ends {days} days from today. On what day of the week is that?"
    )
    day = datetime.date(2024, 1, 1) + datetime.timedelta(days=today)  # 1 January 2024 was a Monday
    moved = day - datetime.timedelta(days=days) if back else day + datetime.timedelta(days=days)
    return Question(
        prompt=prompt, answer=WEEKDAYS[(today + (-days if back else days)) % _WEEK], second=WEEKDAYS[moved.weekday()]
    )


@template("dates_and_time", 4, "text")
def landing_in_another_zone(draws: Draws) -> Question | None:
    """Five steps: the first leg, the stop, the second leg, the two zones, midnight."""
    (start, west), (end, east) = draws.some(_PLACES, 2)
    leave, first, second = 5 * draws.integer(0, 287), 5 * draws.integer(25, 110), 5 * draws.integer(25, 110)
    stop = 5 * draws.integer(9, 40)
    if abs(west - east) < 120:
        return None
    landed = leave - west + first + stop + second + east
    zones = [datetime.timezone(datetime.timedelta(minutes=offset)) for offset in (west, east)]
    took_off = datetime.datetime(2025, 6, 10, leave // 60, leave % 60, tzinfo=zones[0])
    landing = (took_off + datetime.timedelta(minutes=first + stop + second)).astimezone(zones[1])
    return Question(
        prompt=f"{draws.pick(NAMES)} leaves {start}, where the clocks show {_zone(west)}, at {clock(leave)} local "
        "time. "
        f"The first flight takes {_span(first)}, the wait for the next one {_span(stop)}, and the second flight, to "
        f"{end}, {_span(second)}. The clocks in {end} show {_zone(east)}. What is the local time in {end} on landing? "
        "Give it as HH:MM on the 24-hour clock.",
        answer=clock(landed),
        second=landing.strftime("%H:%M"),
        aliases=clock_aliases(landed % (24 * 60)),
    )


@template("dates_and_time", 4, "text")
def weekday_of_a_date(draws: Draws) -> Question | None:
    """Five steps: what is left of the month, the months between, the days of the last, the sum, the remainder."""
    year = draws.integer(2027, 2099)
    start = datetime.date(year, draws.integer(1, 4), draws.integer(3, 28))
    end = datetime.date(year, draws.integer(7, 12), draws.integer(2, 28))
    leap = year % 4 == 0
    lengths = [days + (leap and month == 1) for month, days in enumerate(_MONTH_LENGTHS)]
    days = sum(lengths[start.month - 1 : end.month - 1]) - start.day + end.day
    if days % _WEEK == 0:
        return None
    return Question(
        prompt=f"In {year}, which is {'' if leap else 'not '}a leap year, {start.day} {MONTHS[start.month - 1]} falls "
        "on "
        f"a {WEEKDAYS[start.weekday()]}. On what day of the week does {end.day} {MONTHS[end.month - 1]} of the same "
        "year fall?",
        answer=WEEKDAYS[(start.weekday() + days) % _WEEK],
        second=WEEKDAYS[end.weekday()],
    )


@template("dates_and_time", 4, "choice")
def what_a_wrong_clock_means(draws: Draws) -> Question | None:
    """Four steps (what it shows to have passed, its rate, the true time passed, the time of day) and a trap: the error
    is so much in an hour of true time, not of shown time.
    """
    wrong, fast = draws.pick((2, 3, 4, 5, 6, 8, 10, 12)), draws.pick((True, False))
    rate = 60 + (wrong if fast else -wrong)
    start, hours = 15 * draws.integer(20, 40), draws.integer(4, 11)
    passed, shown = 60 * hours, rate * hours
    per_shown_hour = Fraction(shown) * (60 - (wrong if fast else -wrong)) / 60
    mistakes = (start + shown + (shown - passed), start + shown, start + round(per_shown_hour), start + passed + wrong)
    steps = itertools.accumulate(itertools.repeat(Fraction(rate, 60)))
    simulated = next(minute for minute, hand in enumerate(steps, start=1) if hand >= shown)
    how = f"gains {counted(wrong, 'minute')}" if fast else f"loses {counted(wrong, 'minute')}"
    thing = draws.pick(("wall clock", "kitchen clock", "wrist watch", "tower clock"))
    return Question(
        prompt=f"A {thing} {how} in every hour of true time. It was set to the true time at {clock(start)}. Later on "
        "the "
        f"same day it shows {clock(start + shown)}. What is the true time then?",
        answer=clock(start + shown * 60 // rate),
        second=clock(start + simulated),
        wrong=tuple(clock(minutes) for minutes in (*mistakes, start + passed - wrong)),
    )


def _zone(offset: int) -> str:
    """`UTC`, `UTC+5:30`, `UTC-3`."""
    hours, minutes = divmod(abs(offset), 60)
    sign = "-" if offset < 0 else "+"
    return "UTC" if offset == 0 else f"UTC{sign}{hours}" + (f":{minutes}" if minutes else "")


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [counted(hours, "hour")] * (hours > 0) + [counted(rest, "minute")] * (rest > 0)
    return " and ".join(parts)


TEMPLATES = (weekday_after_so_many_days, landing_in_another_zone, weekday_of_a_date, what_a_wrong_clock_means)
