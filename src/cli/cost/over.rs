//! The input that is varied: `--over [NAME:]PATH[,NAME:PATH…][=FROM..TO]`.

use super::super::Failure;
use super::designs::{Design, named, unpriced, usage};
use crate::diag::suggestion;
use crate::pricing::sweep::{Curve, Range, paths, stretches};
use crate::pricing::workload::Slot;
use crate::render::Rivals;

/// Without a range, values up to here are looked at.
const FAR: u64 = 1_000_000_000_000_000;

/// An input, by the path that it has in each design.
#[derive(Debug)]
pub(super) struct Over {
    /// What it is called: the paths as they were given.
    pub label: String,
    /// The range, if one was given.
    pub ends: Option<(u64, u64)>,
    /// Its place in each design; nothing where a design does not have it.
    pub slots: Vec<Option<Slot>>,
}

impl Over {
    /// Finds the input in the designs.
    ///
    /// # Errors
    /// If no design has it, or a range reaches beyond what the input may be.
    pub(super) fn read(text: &str, designs: &[Design]) -> Result<Self, Failure> {
        let (label, ends) = match text.rsplit_once('=') {
            Some((label, range)) => (label, Some(Range::ends(range).map_err(|error| usage(format!("--over {text}: {error}"), None))?)),
            None => (text, None),
        };
        let names: Vec<String> = designs.iter().map(|design| design.workload.name.clone()).collect();
        let mut slots = vec![None; designs.len()];
        for binding in label.split(',') {
            let (places, path) = match binding.split_once(':') {
                Some((name, path)) => (named(name, &names)?, path),
                None => ((0..designs.len()).collect(), binding),
            };
            let found = places.iter().filter_map(|at| Some((*at, designs.get(*at)?.plan.slot(path)?)));
            let found: Vec<(usize, Slot)> = found.collect();
            if found.is_empty() {
                return Err(unknown(path, places.iter().filter_map(|at| designs.get(*at))));
            }
            for (at, slot) in found {
                if let Some(place) = slots.get_mut(at) {
                    *place = Some(slot);
                }
            }
        }
        let over = Over { label: label.to_owned(), ends, slots };
        over.check(designs)?;
        Ok(over)
    }

    fn check(&self, designs: &[Design]) -> Result<(), Failure> {
        let Some((from, to)) = self.ends else { return Ok(()) };
        for (slot, design) in self.slots.iter().zip(designs) {
            let Some((least, most)) = slot.map(|slot| slot.bounds) else { continue };
            if from < least || to > most {
                let message =
                    format!("{} of {} goes from {least} to {most}; the range {from}..{to} reaches beyond", self.label, design.name);
                return Err(usage(message, None));
            }
        }
        Ok(())
    }

    /// The range to look at: the one given, else all that the input may be in every design, up to 10^15.
    pub(super) fn domain(&self) -> (u64, u64) {
        let bounds = || self.slots.iter().flatten().map(|slot| slot.bounds);
        let least = bounds().map(|(least, _)| least).max().unwrap_or(0);
        let most = bounds().map(|(_, most)| most).min().unwrap_or(FAR).min(FAR);
        self.ends.unwrap_or((least, most.max(least)))
    }

    /// The names of designs that do not have the input and so cost the same throughout.
    pub(super) fn without<'d>(&self, designs: &'d [Design]) -> Vec<&'d str> {
        self.slots.iter().zip(designs).filter(|(slot, _)| slot.is_none()).map(|(_, design)| design.name.as_str()).collect()
    }
}

fn unknown<'d>(path: &str, designs: impl Iterator<Item = &'d Design>) -> Failure {
    let mut legal: Vec<String> = designs.flat_map(|design| paths(&design.workload, &design.plan)).collect();
    legal.sort_unstable();
    legal.dedup();
    let help = suggestion(path, legal.iter().map(String::as_str));
    let first: Vec<&str> = legal.iter().take(12).map(String::as_str).collect();
    let help = help.or_else(|| (!first.is_empty()).then(|| format!("what can be varied: {}", first.join(", "))));
    usage(format!("nothing that can be varied is at `{path}`"), help)
}

/// A design as a function of the input, with its name.
pub(super) type Named<'p> = (String, Curve<'p>);

/// Where each of the curves overtakes each other one.
///
/// # Errors
/// If a total leaves the range of decimals.
pub(super) fn rivals(curves: &[Named<'_>], ends: (u64, u64)) -> Result<Vec<Rivals>, Failure> {
    let mut found = Vec::new();
    for (at, (a, first)) in curves.iter().enumerate() {
        for (b, second) in curves.iter().skip(at + 1) {
            let both = |value: u64| {
                let a = first.total(value).map_err(|error| unpriced(a, &error))?;
                Ok::<_, Failure>((a, second.total(value).map_err(|error| unpriced(b, &error))?))
            };
            let stretches = stretches(ends, both)?;
            let there = stretches.break_evens().iter().map(|point| both(point.first_after)).collect::<Result<_, _>>()?;
            found.push(Rivals { a: a.clone(), b: b.clone(), stretches, there });
        }
    }
    Ok(found)
}
