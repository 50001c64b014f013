//! A key of a workload and its life.

use super::value;
use super::{Ground, region};
use crate::cloud::{Instant, days_after, format_instant};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node, Pair};
use crate::kms::{KeySpec, Origin};
use crate::pricing::workload::WorkloadKey;
use crate::pricing::{KeyManager, Waiting};
use crate::rulebook::ids;

/// Most keys of one life, and most rotations from before.
const MOST_KEYS: u64 = 1_000_000_000;
const MOST_BEFORE: u64 = 10_000;

/// `photos: { count: 1, spec: SYMMETRIC_DEFAULT, … }`.
pub(super) fn key(pair: &Pair, ground: &Ground<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<WorkloadKey> {
    let name = pair.key.as_str();
    let at = |field: &str| format!("keys.{name}.{field}");
    let mut fields = Fields::of(&pair.value, "a key", diagnostics)?;
    let whole = fields.span;
    let count = fields.optional("count").map_or(Some(1), |node| value::count(node, &at("count"), (0, MOST_KEYS), diagnostics));
    let spec = fields.optional("spec").map_or(Some(KeySpec::SYMMETRIC_DEFAULT), |node| {
        word(node, &at("spec"), KeySpec::parse, KeySpec::ALL.iter().map(|spec| spec.name()), diagnostics)
    });
    let manager = fields
        .optional("manager")
        .map_or(Some(KeyManager::Customer), |node| word(node, &at("manager"), manager, ["customer", "aws", "owned"], diagnostics));
    let origin = fields.optional("origin").map_or(Some(Origin::AWS_KMS), |node| {
        word(node, &at("origin"), Origin::parse, Origin::ALL.iter().map(|origin| origin.name()), diagnostics)
    });
    let account = ground.account(fields.optional("account"), diagnostics);
    let regions = match fields.optional("regions") {
        Some(node) if node.one_or_many().is_empty() => {
            diagnostics.push(value::refused(node, &at("regions"), "a list of at least one Region"));
            None
        }
        Some(node) => node.one_or_many().iter().map(|node| region(node, ground.book, diagnostics)).collect(),
        None => Some(vec![ground.region]),
    };
    let created = fields
        .optional("created")
        .map_or_else(|| Some(ground.months.first.start()), |node| value::instant(node, &at("created"), diagnostics));
    let period = (u64::from(ground.rulebook.days(ids::ROTATION_PERIOD_MIN)), u64::from(ground.rulebook.days(ids::ROTATION_PERIOD_MAX)));
    let days_node = fields.optional("rotation_days");
    let rotation_days = days_node.map(|node| value::count(node, &at("rotation_days"), period, diagnostics));
    let before_node = fields.optional("rotations_before");
    let before = before_node.map_or(Some(0), |node| value::count(node, &at("rotations_before"), (0, MOST_BEFORE), diagnostics));
    let rotation_items = fields.items("rotations", diagnostics);
    let rotations: Vec<_> = rotation_items
        .iter()
        .enumerate()
        .map(|(index, node)| value::instant(node, &at(&format!("rotations.{index}")), diagnostics))
        .collect();
    let mut later = |field: &'static str, not_before: Option<(Instant, &str)>, diagnostics: &mut Vec<Diagnostic>| {
        fields.optional(field).map(|node| {
            let instant = value::instant(node, &at(field), diagnostics)?;
            match not_before.filter(|(least, _)| instant < *least) {
                Some((least, why)) => {
                    diagnostics.push(value::refused(node, &at(field), &format!("{} or later, {why}", format_instant(least))));
                    None
                }
                None => Some(instant),
            }
        })
    };
    let scheduled = later("scheduled_deletion", created.map(|created| (created, "when the key is there")), diagnostics);
    let known = scheduled.flatten();
    let cancelled = later("cancelled", known.map(|at| (at, "when the deletion is scheduled")), diagnostics);
    let wait = ground.rulebook.days(ids::DELETION_WINDOW_MIN);
    let deleted = later("deleted", known.map(|at| (days_after(at, wait), "after the shortest waiting period")), diagnostics);
    fields.finish(diagnostics);
    let (count, spec, manager, origin) = (count?, spec?, manager?, origin?);
    let (regions, created, before): (Vec<_>, _, _) = (regions?, created?, before?);
    let rotation_days = all(rotation_days)?;
    let rotations = rotations.into_iter().collect::<Option<Vec<Instant>>>()?;
    let (scheduled, cancelled, deleted) = (all(scheduled)?, all(cancelled)?, all(deleted)?);

    let mut wrong = |node: Option<&Node>, message: String| {
        let span = node.map_or(whole, |node| node.span);
        diagnostics.push(Diagnostic::error("cost/key", format!("key `{name}`: {message}")).at(span, ""));
    };
    if let Some(region) = regions.iter().enumerate().find(|(index, region)| regions.iter().take(*index).any(|before| before == *region)) {
        wrong(None, format!("Region `{}` stands twice", region.1));
    }
    let rotates = days_node.or_else(|| rotation_items.first()).or(before_node.filter(|_| before > 0));
    if let Some(node) = rotates {
        if manager != KeyManager::Customer {
            wrong(Some(node), "the rotation of AWS managed and AWS owned keys is AWS's own, and free".to_owned());
        } else if !spec.row().rotates || !matches!(origin, Origin::AWS_KMS | Origin::EXTERNAL) {
            wrong(Some(node), format!("a key of spec {} and origin {} has no rotation", spec.name(), origin.name()));
        }
    }
    if let Some(node) = days_node.filter(|_| origin == Origin::EXTERNAL) {
        wrong(Some(node), "imported key material is not rotated automatically; list `rotations` on demand".to_owned());
    }
    if before > 0 && created > ground.months.first.start() {
        wrong(before_node, "it is created after the first month begins, so there is nothing before".to_owned());
    }
    if let Some(node) = rotations.iter().zip(rotation_items).find(|(at, _)| **at < created).map(|(_, node)| node) {
        wrong(Some(node), "a rotation cannot stand before the key's creation".to_owned());
    }
    if scheduled.is_none() && (cancelled.is_some() || deleted.is_some()) {
        wrong(None, "a key is cancelled or deleted only after `scheduled_deletion`".to_owned());
    }
    if cancelled.is_some() && deleted.is_some() {
        wrong(None, "a deletion is either cancelled or carried out".to_owned());
    }
    Some(WorkloadKey {
        name: name.to_owned(),
        count,
        spec,
        manager,
        account: account?,
        regions,
        created,
        rotation_days: rotation_days.and_then(|days| u32::try_from(days).ok()),
        rotations_before: before,
        rotations,
        waiting: scheduled.map(|from| Waiting { from, cancelled }),
        deleted,
    })
}

/// A value that is there must have been read well.
fn all<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn manager(name: &str) -> Option<KeyManager> {
    match name {
        "customer" => Some(KeyManager::Customer),
        "aws" => Some(KeyManager::Aws),
        "owned" => Some(KeyManager::Owned),
        _ => None,
    }
}

fn word<T>(
    node: &Node,
    path: &str,
    parse: impl Fn(&str) -> Option<T>,
    legal: impl IntoIterator<Item = &'static str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let text = node.as_str().unwrap_or("");
    let parsed = parse(text);
    if parsed.is_none() {
        diagnostics.push(value::refused(node, path, "one of AWS's words for it").suggest(text, legal));
    }
    parsed
}
