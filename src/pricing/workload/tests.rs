//! Workloads: what is refused, what they cost, and that the fast way says the same.

mod laws;
mod refusals;
mod simulated;

use super::*;
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Limits, Node};
use crate::pricing::PriceBook;
use crate::rulebook::Rulebook;
use rust_decimal::Decimal;

/// Photos under one key in two Regions, read through a bucket key, with a queue beside them.
const PHOTOS: &str = "workload: photos
months: 2026-07 .. 2027-06
keys:
  photos: { regions: [us-east-1, eu-west-1], created: 2026-07-01, rotation_days: 90 }
  queue: { manager: aws }
uses:
  - s3: { key: photos, puts: 10_000_000, gets: 300_000_000, bucket_key: true, requesters: 4 }
  - sqs: { key: queue, producers: 3, consumers: 2 }
  - kms: { key: photos, operation: Decrypt, count: 1_000_000 }
neighbours:
  - { price: s3-get, quantity: 300_000_000 }
";

pub(super) fn tree(text: &str) -> Node {
    doc::read(&mut Sources::new(), "w.yaml", text, Limits::default()).unwrap()
}

fn read_tree(node: &Node) -> Result<Workload, Vec<Diagnostic>> {
    read(node, PriceBook::standard(), None)
}

pub(super) fn workload(text: &str) -> Workload {
    read_tree(&tree(text)).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"))
}

pub(super) fn estimated(workload: &Workload) -> Estimate {
    estimate(workload, PriceBook::standard(), Rulebook::of(workload.rulebook)).unwrap()
}

pub(super) fn plan(workload: &Workload) -> Plan {
    Plan::compile(workload, PriceBook::standard(), Rulebook::of(workload.rulebook)).unwrap()
}

pub(super) fn total(text: &str) -> Decimal {
    estimated(&workload(text)).total
}

#[test]
fn a_month_of_photos_comes_to_what_is_worked_out_by_hand() {
    let estimate = estimated(&workload(PHOTOS));
    assert_eq!(estimate.months.len(), 12);
    let july = &estimate.months[0];
    let requests: Vec<u64> = july.derivations.iter().map(|derived| derived.requests).collect();
    // 4 requesters x 744 hours x 2; 744 h x 12 periods x (2 x 3 + 2).
    assert_eq!(requests, [5_952, 71_424, 1_000_000]);
    // Two keys of a dollar, 1,057,376 requests beyond the free tier, and 300 million reads at 0.0000004.
    assert_eq!(july.bill.total.to_string(), "125.172128");
    // 90 days on, two more keys of material begin to cost.
    let december = &estimate.months[5];
    let keys: Decimal = december.bill.lines.iter().filter(|line| line.item.contains("photos")).map(|line| line.amount).sum();
    assert!(keys > Decimal::from(4) && keys < Decimal::from(6), "{keys}");
    let sum: Decimal = estimate.months.iter().map(|month| month.bill.total).sum();
    assert!((sum - estimate.total).abs() < Decimal::new(1, 20));
}

#[test]
fn the_unpublished_lifetime_of_bucket_keys_makes_a_band() {
    let estimate = estimated(&workload(PHOTOS));
    let band = estimate.band.unwrap();
    assert_eq!((band.low_seconds, band.high_seconds), (86_400, 300));
    assert!(band.low < estimate.total && estimate.total < band.high);
    let stated = |seconds: u64| total(&PHOTOS.replace("requesters: 4", &format!("requesters: 4, bucket_key_seconds: {seconds}")));
    assert_eq!((stated(86_400), stated(300)), (band.low, band.high));
    assert_eq!(estimated(&workload(&PHOTOS.replace("bucket_key: true", "bucket_key: false"))).band, None);
    let short = estimated(&workload(&PHOTOS.replace("requesters: 4", "requesters: 4, bucket_key_seconds: 60"))).band.unwrap();
    assert_eq!((short.low_seconds, short.high_seconds), (86_400, 60));
}

#[test]
fn the_guide_has_its_own_lifetime_and_charges_nothing_for_rotations_and_aws_managed_keys() {
    let guide = estimated(&workload(&format!("{}rulebook: guide\n", PHOTOS.replace("rotation_days: 90", "rotation_days: 365"))));
    let may = &guide.months[10];
    assert_eq!(may.derivations[0].requests, 4 * 31 * 2);
    assert_eq!(may.derivations[1].class, crate::cloud::RequestClass::Unbilled);
    let keys: Decimal = may.bill.lines.iter().filter(|line| line.item.contains("photos")).map(|line| line.amount).sum();
    assert_eq!(keys, Decimal::TWO);
}

#[test]
fn values_are_set_by_path_and_the_fast_way_agrees() {
    let plan = plan(&workload(PHOTOS));
    assert_eq!(plan.total(&[]).unwrap(), total(PHOTOS));
    for (path, value) in [
        ("uses.0.gets", 7_u64),
        ("uses.0.s3.puts", 0),
        ("uses.0.bucket_key", 0),
        ("uses.0.requesters", 40),
        ("uses.0.bucket_key_seconds", 900),
        ("uses.1.reuse_seconds", 86_400),
        ("uses.1.messages", 1_000),
        ("uses.2.count", 0),
        ("uses.2.cached.messages", 100),
        ("keys.photos.count", 12),
        ("keys.photos.rotation_days", 365),
        ("keys.photos.rotations_before", 0),
        ("neighbours.0.quantity", 1),
    ] {
        let slot = plan.slot(path).unwrap_or_else(|| panic!("no slot {path}"));
        let written = if path.ends_with("bucket_key") { (value == 1).to_string() } else { value.to_string() };
        let mut node = tree(PHOTOS);
        if path.contains("cached") {
            set(&mut node, "uses.2.cached", tree("{ clients: 1 }")).unwrap();
        }
        set(&mut node, path, tree(&written)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(plan.total(&[(slot, value)]).unwrap(), estimated(&read_tree(&node).unwrap()).total, "{path}");
    }
    for nowhere in ["uses.9.gets", "uses.0.gots", "keys.photo.count", "keys.queue.rotation_days", "months", "neighbours.1.quantity"] {
        assert_eq!(plan.slot(nowhere), None, "{nowhere}");
    }
    let batch = plan.slot("uses.1.batch").unwrap();
    assert!(plan.total(&[(batch, 11)]).is_err());
}

#[test]
fn a_path_that_leads_nowhere_says_at_which_step() {
    let wrong = |path: &str| {
        let error = set(&mut tree(PHOTOS), path, tree("1")).unwrap_err();
        (error.step, error.to_string())
    };
    assert_eq!(wrong("uses.3.gets"), (1, "there is no item 3: the list has 3, counted from 0".into()));
    assert_eq!(wrong("uses.first.gets"), (1, "`first` is no place in a list: its items count from 0".into()));
    assert_eq!(wrong("keys.photo.count"), (1, "there is no `photo`".into()));
    assert_eq!(wrong("workload.name"), (1, "`name` would stand inside a single value".into()));
}

#[test]
fn a_free_tier_for_all_classes_is_shared_in_the_same_order() {
    let text = "workload: w
months: 2026-02 .. 2026-05
rulebook: guide
keys:
  sign: { spec: ECC_NIST_P256 }
  rsa: { spec: RSA_2048 }
  data: {}
uses:
  - kms: { key: sign, operation: Sign, count: 15_000 }
  - kms: { key: data, operation: GenerateDataKeyPair, key_pair_spec: RSA_3072, count: 10 }
  - kms: { key: data, operation: Decrypt, count: 4_000, account: \"444455556666\" }
  - kms: { key: data, operation: Decrypt, count: 9_000 }
  - kms: { operation: GenerateRandom, count: 7_000 }
  - kms: { key: rsa, operation: Verify, count: 3_000 }
";
    let workload = workload(text);
    assert_eq!(plan(&workload).total(&[]).unwrap(), estimated(&workload).total);
    assert_eq!(estimated(&workload).months[0].derivations.iter().map(|derived| derived.class).collect::<Vec<_>>(), {
        use crate::cloud::RequestClass::{AsymmetricOther, DataKeyPairRsa, Rsa2048, Symmetric};
        [AsymmetricOther, DataKeyPairRsa, Symmetric, Symmetric, Symmetric, Rsa2048]
    });
}

#[test]
fn every_service_has_a_formula_that_ends_in_its_count() {
    for rule in SERVICES {
        let mut values = [1; 8];
        for (value, field) in values.iter_mut().zip(rule.fields) {
            *value = field.form.bounds().1.min(50_000);
        }
        let count = rule.demand.count(&values, 2_678_400);
        let shown = crate::pricing::grouped(Decimal::from(count));
        let formula = rule.demand.formula(&values, 2_678_400);
        assert!(formula.contains(&shown) || formula.contains(&count.to_string()), "{}: {formula} has no {shown}", rule.name);
    }
}
