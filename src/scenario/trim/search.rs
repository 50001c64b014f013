//! From the changes that pass to the smallest policies.
//!
//! One change after the other is tried on what the accepted ones left. When a change is accepted after another was put back,
//! those that were put back get another try, so that in the end no single change passes.

use super::change::{Change, changes};
use super::condition::{addable, removable};
use super::seen::Seen;
use super::standing::Standings;
use super::tree::texts_at;
use super::trial::Trial;
use super::written::Written;
use super::{Excess, Offer, Part, Trim, Unneeded};
use crate::diag::Span;
use crate::rulebook::Rulebook;
use crate::scenario::answers::Answers;
use crate::scenario::document::Document;
use crate::scenario::instance::Instance;
use crate::scenario::verdict::Verdict;

/// Trims answers, which are written out as well.
pub(super) fn search(
    document: &Document,
    answers: &Answers,
    mut written: Written,
    instance: &Instance,
    verdict: &Verdict,
    rulebook: Rulebook,
    budget: usize,
) -> Option<Trim> {
    let mut trial = Trial::new(document, rulebook, instance, budget);
    // Options that are written out say the same as their names, and this makes sure of it.
    if !trial.accepts(&written.answers) {
        return None;
    }
    let seen = Seen::of(&verdict.events, &instance.names, Standings::of(instance));
    let original = written.clone();
    let taken = smallest(&mut written, &seen, &mut trial);
    let excess = excess(&original, &written, taken);
    let unneeded = unneeded(&written, &mut trial);
    let offered = offered(&written, &seen, &mut trial);
    let mut trimmed = answers.clone();
    // An answer that has nothing too much stays an option with a name.
    let changed = written.answers.iter().filter(|(decision, answer)| original.answers.get(*decision) != Some(answer));
    trimmed.extend(changed.map(|(decision, answer)| (decision.clone(), answer.clone())));
    Some(Trim { excess, unneeded, offered, trimmed, runs: trial.runs, complete: !trial.exhausted })
}

/// A change that was accepted.
#[derive(Clone, Debug)]
struct Taken {
    decision: String,
    change: Change,
}

/// Applies every change that passes, until none does, and says which did.
fn smallest(written: &mut Written, seen: &Seen<'_>, trial: &mut Trial<'_>) -> Vec<Taken> {
    let mut taken = Vec::new();
    let mut candidates = all_changes(written, seen);
    let mut at = 0;
    let mut again = false;
    loop {
        let Some((decision, change)) = candidates.get(at).cloned() else {
            if again && !trial.exhausted {
                (at, again) = (0, false);
                continue;
            }
            return taken;
        };
        let Some(tree) = written.tree(&decision) else { return taken };
        let answers = written.with(&decision, change.edit.apply(tree));
        if trial.accepts(&answers) {
            written.answers = answers;
            taken.push(Taken { decision, change });
            candidates = all_changes(written, seen);
            again |= at > 0;
        } else {
            at += 1;
        }
    }
}

/// All changes to all answers with policies, each with its decision.
pub(super) fn all_changes(written: &Written, seen: &Seen<'_>) -> Vec<(String, Change)> {
    let of = |decision: &String| {
        let changes = written.tree(decision).map(|tree| changes(tree, seen)).unwrap_or_default();
        changes.into_iter().map(|change| (decision.clone(), change)).collect::<Vec<_>>()
    };
    written.decisions.iter().flat_map(of).collect()
}

/// The accepted changes as the learner sees them: what he wrote, and what is left of it.
fn excess(original: &Written, trimmed: &Written, taken: Vec<Taken>) -> Vec<Excess> {
    let mut found: Vec<Excess> = Vec::new();
    for Taken { decision, change } in taken {
        let same = |known: &Excess| known.decision == decision && known.span == change.span;
        // What an earlier change put in the place of a wildcard stands at the wildcard's place, and is counted below.
        if change.part != Part::Statement && found.iter().any(same) {
            continue;
        }
        if change.part == Part::Statement {
            found.retain(|known| known.decision != decision || !contains(change.span, known.span));
        }
        let mut instead = Vec::new();
        if let Some(tree) = trimmed.tree(&decision).filter(|_| change.narrows) {
            texts_at(tree, change.span, &mut instead);
        }
        found.push(Excess { decision, statement: change.statement, span: change.span, part: change.part, instead });
    }
    let place = |decision: &String| original.decisions.iter().position(|known| known == decision);
    found.sort_by_key(|excess| (place(&excess.decision), excess.span));
    found
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// What passes without it, of what gives nobody anything.
fn unneeded(written: &Written, trial: &mut Trial<'_>) -> Vec<Unneeded> {
    let mut found = Vec::new();
    for decision in &written.decisions {
        let Some(tree) = written.tree(decision) else { continue };
        let passing = removable(decision, tree).into_iter().filter(|(edit, _)| trial.accepts(&written.with(decision, edit.apply(tree))));
        found.extend(passing.map(|(_, unneeded)| unneeded));
    }
    found
}

/// The conditions under which the run passes as well.
fn offered(written: &Written, seen: &Seen<'_>, trial: &mut Trial<'_>) -> Vec<Offer> {
    let mut found = Vec::new();
    for decision in &written.decisions {
        let Some(tree) = written.tree(decision) else { continue };
        let passing =
            addable(decision, tree, seen).into_iter().filter(|(edit, _)| trial.accepts(&written.with(decision, edit.apply(tree))));
        found.extend(passing.map(|(_, offer)| offer));
    }
    found
}
