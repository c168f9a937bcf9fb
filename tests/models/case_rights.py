"""The rights of people who work cases, for tests of operations."""

from dataclasses import replace

from models.policy import Action, Policy

OWN = ("cases.work", "cases.see")
ROLES = {
    "collector": {"own": OWN},
    "field_rep": {"own": OWN},
    "team_leader": {"own": ("cases.work",), "team": ("cases.see", "cases.assign", "settlements.decide")},
    "supervisor": {"subtree": ("cases.see", "cases.assign", "cases.steer", "settlements.decide")},
    "manager": {"subtree": ("cases.see", "cases.assign", "cases.steer", "settlements.decide")},
    "customer_service": {"subtree": ("cases.see", "signals.send")},
    "finance": {"all": ("cases.see", "payments.confirm")},
}


def with_case_rights(policy: Policy) -> Policy:
    """The policy, with the rights that working cases takes."""
    roles = dict(policy.rights.roles)
    actions = dict(policy.rights.actions)
    for role, reaches in ROLES.items():
        more = {reach: getattr(roles[role], reach) | frozenset(names) for reach, names in reaches.items()}
        roles[role] = replace(roles[role], **more)
        for names in reaches.values():
            actions.update({name: Action(name, name) for name in names if name not in actions})
    return replace(policy, rights=replace(policy.rights, roles=roles, actions=actions))
