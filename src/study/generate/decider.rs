//! What can decide a call in an item of authorisation, and what there is to say of it.

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decider {
    /// A statement of the key policy that names the role.
    Team,
    /// The statement of the key policy for the account, with one of the role's policy.
    Owners,
    /// A Deny of the key policy.
    Guard,
    /// A Deny of the role's policy.
    Brake,
    /// That the key policy lets nobody in.
    KeySilent,
    /// That the role's policy does not allow it.
    RoleSilent,
    /// A Deny of the service control policy.
    Fence,
    /// That the boundary does not allow it.
    BoundarySilent,
}

/// In the order in which the dials add them: six, then eight.
pub(super) const DECIDERS: [Decider; 8] = [
    Decider::Team,
    Decider::Owners,
    Decider::Guard,
    Decider::Brake,
    Decider::KeySilent,
    Decider::RoleSilent,
    Decider::Fence,
    Decider::BoundarySilent,
];

impl Decider {
    pub(super) fn text(self) -> &'static str {
        match self {
            Decider::Team => "Allowed: Team in the key policy",
            Decider::Owners => "Allowed: Owners together with Work",
            Decider::Guard => "Denied: Guard in the key policy",
            Decider::Brake => "Denied: Brake in the role's policy",
            Decider::Fence => "Denied: Fence in the control policy",
            Decider::KeySilent => "Denied: the key policy is silent",
            Decider::RoleSilent => "Denied: the role's policy is silent",
            Decider::BoundarySilent => "Denied: the boundary is silent",
        }
    }

    pub(super) fn rule(self) -> &'static str {
        match self {
            Decider::Team => "A key policy that names the role gives the permission by itself, within the account.",
            Decider::Owners => "The statement for the account gives nobody anything, but lets the account's IAM policies do it.",
            Decider::Guard | Decider::Brake | Decider::Fence => "An explicit Deny wins over every Allow, wherever it stands.",
            Decider::KeySilent => "Without a word of the key policy, no IAM policy gives access to a key.",
            Decider::RoleSilent => "Where the key policy leaves the key to IAM, an IAM policy must allow the call.",
            Decider::BoundarySilent => "A permissions boundary must allow what the role's policies allow.",
        }
    }

    pub(super) fn mistake(self) -> &'static str {
        match self {
            Decider::Team => "any-statement-that-names-the-role",
            Decider::Owners => "root-statement-gives-access",
            Decider::Guard | Decider::Brake | Decider::Fence => "deny-without-a-look-at-what-it-matches",
            Decider::KeySilent => "key-policy-must-name-the-role",
            Decider::RoleSilent => "iam-must-always-allow",
            Decider::BoundarySilent => "boundary-gives-permissions",
        }
    }
}
