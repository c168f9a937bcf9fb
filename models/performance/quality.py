"""What follows from people's figures about quality: rewards, and trainings that are recommended."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.performance import rules
from models.performance.around import Around
from models.performance.catalogue import CATALOGUE
from models.performance.rules import Figure
from models.performance.windows import Window
from models.policy import QualityRule
from models.staff import Employee


@dataclass(frozen=True)
class Earned:
    """Somebody of whom a rule of the policy speaks, and the figure that says so."""

    person: Employee
    rule: QualityRule
    figure: Figure


def earned(around: Around, people: Sequence[Employee], window: Window) -> Sequence[Earned]:
    """Who has reached what over a whole month, by rule and then by person (S4-17, S4-18); as far as it has
    gone where it runs."""
    wanted = [one for one in around.policy.performance.quality_rules if one.measure in CATALOGUE]
    if window.months != 1 or not wanted or not people:
        return []
    found = around.figures(people, window, [one.measure for one in wanted])
    return [
        Earned(person, one, found[person.id][one.measure])
        for one in wanted
        for person in people
        if person.role in one.roles
        and rules.follows(
            found[person.id][one.measure], at_least=one.at_least, above=one.above, least=one.least
        )
    ]
