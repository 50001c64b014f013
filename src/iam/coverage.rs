//! Whether one statement matches every request that another matches.
//!
//! Only certain answers count: `false` means "not known". Patterns are compared as texts, conditions as written.

use super::condition::Condition;
use super::principal::{Form, NamedPrincipal};
use super::{Effect, PrincipalElement, Scope, Statement, like};
use std::collections::BTreeSet;

/// How much work may still be spent on comparing; comparing all with all would be quadratic.
#[derive(Debug)]
pub struct Effort {
    left: usize,
}

impl Effort {
    /// Work for this many steps, of about a character each.
    #[must_use]
    pub fn new(steps: usize) -> Self {
        Effort { left: steps }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Takes steps away; `false` once there are no more.
    fn spend(&mut self, steps: usize) -> bool {
        self.left = self.left.saturating_sub(steps);
        self.left > 0
    }
}

impl Statement {
    /// Whether it certainly matches every request that `other` matches, and reaches the caller as well.
    pub fn covers(&self, other: &Statement, effort: &mut Effort) -> bool {
        effort.spend(1)
            && principals_cover(&self.principal, &other.principal, self.effect, effort)
            && scopes_cover(&self.actions, &other.actions, effort, |wide, narrow, effort| {
                text_covers(&wide.written.to_ascii_lowercase(), &narrow.written.to_ascii_lowercase(), effort)
            })
            && scopes_cover(&self.resources, &other.resources, effort, |wide, narrow, effort| {
                resource_covers(&wide.written, &narrow.written, effort)
            })
            && self.conditions.iter().all(|condition| other.conditions.iter().any(|same| same_condition(condition, same, effort)))
    }
}

/// Everything that the second list covers, the first covers as well.
fn scopes_cover<T>(wide: &Scope<T>, narrow: &Scope<T>, effort: &mut Effort, covers: impl Fn(&T, &T, &mut Effort) -> bool) -> bool {
    match (wide, narrow) {
        // A statement without the element matches nothing; that is told otherwise.
        (Scope::Absent, _) | (_, Scope::Absent) => false,
        (Scope::Only(wide), Scope::Only(narrow)) => narrow.iter().all(|narrow| wide.iter().any(|wide| covers(wide, narrow, effort))),
        // What the wide list leaves out, the narrow one leaves out, too.
        (Scope::Except(wide), Scope::Except(narrow)) => wide.iter().all(|wide| narrow.iter().any(|narrow| covers(narrow, wide, effort))),
        (Scope::Only(_), Scope::Except(_)) | (Scope::Except(_), Scope::Only(_)) => false,
    }
}

/// Whether a pattern matches every text that another pattern matches.
fn text_covers(wide: &str, narrow: &str, effort: &mut Effort) -> bool {
    // A piece with question marks may be tried at every place.
    let steps = if wide.contains('?') { wide.len().saturating_mul(narrow.len()) } else { wide.len() + narrow.len() };
    if !effort.spend(steps) {
        return false;
    }
    // Wildcards of the narrow pattern are characters to `like`, which only a star of the wide one can take up: whatever
    // they stand for, the star takes up as well. A question mark would take up a star that stands for many.
    wide == "*" || wide == narrow || (!(wide.contains('?') && narrow.contains(['*', '?'])) && like(wide, narrow))
}

fn resource_covers(wide: &str, narrow: &str, effort: &mut Effort) -> bool {
    if wide == "*" || wide == narrow {
        return effort.spend(1);
    }
    // A variable can stand for anything, `*` among it.
    if wide.contains("${") || narrow.contains("${") {
        return false;
    }
    let segments = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (wide, narrow) = (segments(wide), segments(narrow));
    wide.len() == 6 && narrow.len() == 6 && wide.iter().zip(&narrow).all(|(wide, narrow)| text_covers(wide, narrow, effort))
}

fn principals_cover(wide: &PrincipalElement, narrow: &PrincipalElement, effect: Effect, effort: &mut Effort) -> bool {
    match (wide, narrow) {
        (PrincipalElement::Unstated, PrincipalElement::Unstated) => true,
        (PrincipalElement::Only(wide), PrincipalElement::Only(narrow)) => {
            !narrow.is_empty()
                && narrow.iter().all(|narrow| wide.iter().any(|wide| principal_covers(&wide.form, &narrow.form, effect, effort)))
        }
        (PrincipalElement::Only(wide), PrincipalElement::Except(_)) => wide.iter().any(|wide| wide.form == Form::Everyone),
        (PrincipalElement::Except(wide), PrincipalElement::Except(narrow)) => {
            effort.spend(wide.len() + narrow.len()) && names(wide) == names(narrow)
        }
        (PrincipalElement::Unstated | PrincipalElement::Except(_), _) | (PrincipalElement::Only(_), PrincipalElement::Unstated) => false,
    }
}

fn names(list: &[NamedPrincipal]) -> BTreeSet<&str> {
    list.iter().map(|named| &*named.written).collect()
}

/// Naming an account delegates to it and lets nobody in directly, so as an Allow it covers no user or role of it. A
/// Deny reaches all of them.
fn principal_covers(wide: &Form, narrow: &Form, effect: Effect, effort: &mut Effort) -> bool {
    if !effort.spend(1) || *narrow == Form::Nobody {
        return false;
    }
    match (wide, narrow) {
        // A role that is named is held to its permissions boundary, and everyone is not: without the one statement, the other
        // could decide otherwise.
        (Form::Everyone, Form::Role(..)) if effect == Effect::Allow => false,
        (Form::Everyone, _) => true,
        (Form::Account(account), Form::FederatedUser(of, _) | Form::User(of, _) | Form::Role(of, _) | Form::Session(of, ..))
            if effect == Effect::Deny =>
        {
            account == of
        }
        (wide, narrow) => wide == narrow,
    }
}

fn same_condition(one: &Condition, other: &Condition, effort: &mut Effort) -> bool {
    let values = |condition: &Condition| condition.values.iter().map(|value| value.written.to_string()).collect::<BTreeSet<_>>();
    effort.spend(one.values.len() + other.values.len() + 1)
        && one.written == other.written
        && one.key().written.eq_ignore_ascii_case(&other.key().written)
        && values(one) == values(other)
}

#[cfg(test)]
mod tests;
