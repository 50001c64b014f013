//! The search for the smallest sets of changes that turn a decision: single ones first, then one more while none is found.

use super::allow::{self, lacking_level};
use super::data::Change;
use super::deny;
use super::edit::PolicyEdit;
use super::probe::{self, Probe};
use super::suggestion::Suggestion;
use super::tried::{Outcome, Tried, Wanted};
use super::view::{Candidate, sites};
use crate::authz::PolicyPlace;
use crate::iam::PolicyType;
use std::collections::BTreeSet;

/// So many suggestions are made at most.
const MOST_SHOWN: usize = 5;
/// What more than these are opened by is not looked at.
const MOST_PROBED: usize = 14;
/// No set holds more changes: an organisation of five levels, key and identity policy, boundary and session.
const MOST_CHANGES: usize = 10;
/// From so many sets at most the search goes on with one more change.
const WIDEST: usize = 10;

/// A set of changes that has been tried.
struct Step<T> {
    tried: T,
    changes: Vec<Change>,
    rank: u32,
    outcome: Outcome,
}

/// What would turn a decision, the best first: the smallest sets of changes, what opens least, what is nearest to what is
/// there. Each has been carried out. Nothing comes back where the decision is the wanted one already.
#[must_use]
pub fn suggest(tried: &impl Tried, wanted: Wanted) -> Vec<Suggestion> {
    let start = Step { outcome: tried.outcome(), tried: tried.clone(), changes: Vec::new(), rank: 0 };
    if reached(&start.outcome, wanted) {
        return Vec::new();
    }
    let mut found = search(tried, &start, wanted);
    if found.is_empty() && wanted == Wanted::Allow {
        return tried.advice().into_iter().map(Suggestion::advice).collect();
    }
    found.sort_by_key(|step| step.rank);
    found.truncate(MOST_PROBED);
    let mut suggestions = judged(tried, &start, found, wanted);
    suggestions.sort_by_cached_key(|(rank, suggestion)| (suggestion.changes.len(), suggestion.weight(), *rank, suggestion.describe()));
    suggestions.into_iter().take(MOST_SHOWN).map(|(_, suggestion)| suggestion).collect()
}

/// Whether a request ended as wanted.
fn reached(outcome: &Outcome, wanted: Wanted) -> bool {
    match outcome {
        Outcome::Allowed(_) => wanted == Wanted::Allow,
        Outcome::Denied(_) | Outcome::Failed => wanted == Wanted::Deny,
    }
}

fn search<T: Tried>(original: &T, start: &Step<T>, wanted: Wanted) -> Vec<Step<T>> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut found: Vec<Step<T>> = Vec::new();
    let mut frontier: Vec<Step<T>> = Vec::new();
    let mut beyond_grants = false;
    for size in 1..=MOST_CHANGES {
        let mut next: Vec<Step<T>> = Vec::new();
        let from: Vec<&Step<T>> = if size == 1 { vec![start] } else { frontier.iter().collect() };
        for step in from {
            for (change, rank) in candidates(step, wanted) {
                let mut changes = step.changes.clone();
                changes.push(in_numbers_of_original(change, &step.changes));
                if !seen.insert(key_of(&changes)) {
                    continue;
                }
                let Some(tried) = with_all(original, &changes) else { continue };
                let outcome = tried.outcome();
                let made = Step { tried, changes, rank: step.rank + rank, outcome };
                if reached(&made.outcome, wanted) {
                    found.push(made);
                } else if distance(&made, wanted) < distance(step, wanted) {
                    next.push(made);
                }
            }
        }
        if size > 1 {
            found.retain(|step| is_smallest(original, &step.changes, wanted));
        }
        // A grant stands for both sides of a key at once; what to write into their policies is told all the same.
        let only_grants = found.iter().all(|step| step.changes.iter().any(|change| matches!(change, Change::CreateGrant { .. })));
        if next.is_empty() || (!found.is_empty() && (!only_grants || beyond_grants)) {
            break;
        }
        beyond_grants = !found.is_empty();
        next.sort_by_key(|step| (distance(step, wanted), step.rank));
        next.truncate(WIDEST);
        frontier = next;
    }
    found
}

fn candidates<T: Tried>(step: &Step<T>, wanted: Wanted) -> Vec<Candidate> {
    match (&step.outcome, wanted) {
        (Outcome::Denied(trace), Wanted::Allow) => allow::candidates(&step.tried, trace),
        (Outcome::Failed, Wanted::Allow) => step.tried.repairs().into_iter().map(|change| (change, 1)).collect(),
        (Outcome::Allowed(Some(trace)), Wanted::Deny) => deny::candidates(&step.tried, trace),
        (Outcome::Allowed(None), Wanted::Deny) => step.tried.breakages().into_iter().map(|change| (change, 1)).collect(),
        (Outcome::Allowed(_), Wanted::Allow) | (Outcome::Denied(_) | Outcome::Failed, Wanted::Deny) => Vec::new(),
    }
}

/// How far an outcome is from the wanted one; a change that brings it no nearer is not built upon.
fn distance<T: Tried>(step: &Step<T>, wanted: Wanted) -> (u32, usize) {
    match (&step.outcome, wanted) {
        (Outcome::Denied(trace), Wanted::Allow) => {
            let denies = sites(trace).iter().filter(|site| !site.is_allow() && site.matches()).count();
            if denies > 0 {
                return (3, denies);
            }
            let missing = trace.missing.iter().map(|missing| match missing {
                // Behind the door of the key policy there may be all of the caller's own side.
                PolicyType::ResourceBased => 8,
                // Each level must allow; which is the first to lack one tells how many are done.
                PolicyType::ServiceControl => step.tried.control_levels() + 1 - lacking_level(&step.tried, trace).unwrap_or(0),
                PolicyType::IdentityBased
                | PolicyType::PermissionsBoundary
                | PolicyType::Session
                | PolicyType::VpcEndpoint
                | PolicyType::ResourceControl => 1,
            });
            (2, missing.sum())
        }
        (Outcome::Failed, Wanted::Allow) => (1, step.tried.repairs().len()),
        (Outcome::Allowed(Some(trace)), Wanted::Deny) => {
            let allows = sites(trace).iter().filter(|site| site.is_allow() && site.matches()).count();
            (1, allows + step.tried.allowing_grants(&trace.resource).len())
        }
        (Outcome::Allowed(None), Wanted::Deny) => (1, 0),
        (Outcome::Allowed(_), Wanted::Allow) | (Outcome::Denied(_) | Outcome::Failed, Wanted::Deny) => (0, 0),
    }
}

/// Whether no change of a set can be left out.
fn is_smallest(original: &impl Tried, changes: &[Change], wanted: Wanted) -> bool {
    let without = |left_out: usize| {
        let some: Vec<Change> = changes.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, change)| change.clone()).collect();
        with_all(original, &some)
    };
    (0..changes.len()).all(|left_out| without(left_out).is_none_or(|tried| !reached(&tried.outcome(), wanted)))
}

/// The same set in another order is the same set.
fn key_of(changes: &[Change]) -> String {
    let mut texts: Vec<String> = changes.iter().map(|change| format!("{change:?}")).collect();
    texts.sort_unstable();
    texts.concat()
}

/// The statement that a change removes, with its policy.
fn removed(change: &Change) -> Option<(PolicyPlace, &str, usize)> {
    let change = change.of_policy()?;
    match change.edit {
        PolicyEdit::Remove(index) => Some((change.place, &change.key, index)),
        PolicyEdit::Statement(..) | PolicyEdit::Add(_) | PolicyEdit::New(_) => None,
    }
}

/// Statements are numbered as in the original, whatever earlier changes removed before them.
fn in_numbers_of_original(change: Change, earlier: &[Change]) -> Change {
    let Change::Policy(mut change) = change else { return change };
    if let PolicyEdit::Statement(index, _) | PolicyEdit::Remove(index) = &mut change.edit {
        let mut gone: Vec<usize> = earlier
            .iter()
            .filter_map(removed)
            .filter(|(place, key, _)| *place == change.place && *key == change.key)
            .map(|(_, _, at)| at)
            .collect();
        gone.sort_unstable();
        for at in gone {
            if at <= *index {
                *index += 1;
            }
        }
    }
    Change::Policy(change)
}

/// Something with a set of changes: statements are removed last and from behind, so that the others keep their numbers.
pub(super) fn with_all<T: Tried>(original: &T, changes: &[Change]) -> Option<T> {
    let (mut last, first): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| removed(change).is_some());
    last.sort_by_key(|change| std::cmp::Reverse(removed(change).map(|(_, _, index)| index)));
    first.into_iter().chain(last).try_fold(original.clone(), |tried, change| tried.with(change))
}

/// The suggestions that the steps are, with what they open or stop besides.
fn judged<T: Tried>(original: &T, start: &Step<T>, found: Vec<Step<T>>, wanted: Wanted) -> Vec<(u32, Suggestion)> {
    let before = match &start.outcome {
        Outcome::Allowed(trace) => trace.clone(),
        Outcome::Denied(trace) => Some(trace.clone()),
        Outcome::Failed => None,
    };
    let probes: Vec<Probe> = before.map(|trace| probe::probes(original, &trace)).unwrap_or_default();
    // Those that have the other answer already cannot turn to it.
    let probes: Vec<Probe> = probes.into_iter().filter(|probe| original.allows(probe) == (wanted == Wanted::Deny)).collect();
    let judge = |step: Step<T>| {
        // A change of the request opens nothing to others: they are compared under the rest of the set.
        let lasting: Vec<Change> = step.changes.iter().filter(|change| !change.is_of_request()).cloned().collect();
        let after = if lasting.len() == step.changes.len() { Some(step.tried.clone()) } else { with_all(original, &lasting) };
        let is_set =
            |key: &str| step.changes.iter().any(|change| matches!(change, Change::SetKey(set, _) | Change::UnsetKey(set) if set == key));
        let others: Vec<Probe> =
            probes.iter().filter(|probe| !probe.variant.as_ref().is_some_and(|(key, _)| is_set(key))).cloned().collect();
        let opens = after.map(|after| probe::opened(&others, |probe| after.allows(probe) == (wanted == Wanted::Allow))).unwrap_or_default();
        (step.rank, Suggestion::tried(&step.tried, step.changes, opens, wanted))
    };
    found.into_iter().map(judge).collect()
}
