//! Break-even points against counting.

use super::*;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::convert::Infallible;

use crate::diag::Sources;
use crate::doc::{self, Limits, Node};
use crate::pricing::PriceBook;
use crate::pricing::workload::{self, Plan, Workload};
use crate::rulebook::Rulebook;

/// A queue and a bucket in front of keys that rotate.
const PHOTOS: &str = "workload: photos
months: 2026-07 .. 2027-06
keys:
  photos: { regions: [us-east-1, eu-west-1], created: 2026-07-01, rotation_days: 90 }
uses:
  - s3: { key: photos, puts: 10_000_000, gets: 300_000_000, bucket_key: true, requesters: 4 }
  - sqs: { key: photos, producers: 3, consumers: 2 }
neighbours:
  - { price: s3-get, quantity: 300_000_000 }
";

fn tree(text: &str) -> Node {
    doc::read(&mut Sources::new(), "w.yaml", text, Limits::default()).unwrap()
}

fn read(node: &Node) -> Workload {
    workload::read(node, PriceBook::standard(), None).unwrap()
}

fn plan(workload: &Workload) -> Plan {
    Plan::compile(workload, PriceBook::standard(), Rulebook::current()).unwrap()
}

#[test]
fn points_of_a_sweep_are_what_is_estimated() {
    let workload = read(&tree(PHOTOS));
    let plan = plan(&workload);
    let all = paths(&workload, &plan);
    assert!(all.contains(&"uses.0.gets".to_owned()) && all.contains(&"keys.photos.rotation_days".to_owned()), "{all:?}");
    for path in [
        "uses.0.gets",
        "uses.0.requesters",
        "uses.1.reuse_seconds",
        "keys.photos.count",
        "keys.photos.rotation_days",
        "neighbours.0.quantity",
    ] {
        let slot = plan.slot(path).unwrap();
        let range = Range::new((slot.bounds.0.max(1), slot.bounds.1.min(1_000_000_000)), 7, Spread::Logarithmic).unwrap();
        let curve = Curve { plan: &plan, slot: Some(slot), fixed: Vec::new() };
        let values = range.values();
        for (value, total) in values.iter().zip(totals(&curve, &values).unwrap()) {
            let mut changed = tree(PHOTOS);
            workload::set(&mut changed, path, tree(&value.to_string())).unwrap();
            let estimate = workload::estimate(&read(&changed), PriceBook::standard(), Rulebook::current()).unwrap();
            assert_eq!(estimate.total, total, "{path} = {value}");
        }
    }
}

#[test]
fn totals_rise_all_the_way_or_fall_all_the_way() {
    let workload = read(&tree(PHOTOS));
    let plan = plan(&workload);
    for path in paths(&workload, &plan) {
        let slot = plan.slot(&path).unwrap();
        // Choices between words are few enough to be looked at one by one.
        if slot.bounds.1 - slot.bounds.0 < 8 {
            continue;
        }
        let range = Range::new((slot.bounds.0, slot.bounds.1.min(5_000_000)), 2_500, Spread::Linear).unwrap();
        let totals = totals(&Curve { plan: &plan, slot: Some(slot), fixed: Vec::new() }, &range.values()).unwrap();
        let falling = totals.iter().rev().is_sorted();
        assert!(totals.is_sorted() || falling, "{path}");
    }
}

#[test]
fn workloads_break_even_where_their_bills_do() {
    let design = |bucket_key| {
        let uses = format!("  - s3: {{ key: photos, gets: 1, bucket_key: {bucket_key}, requesters: 400 }}");
        read(&tree(&format!("workload: w\nmonths: 2026-07\nkeys:\n  photos: {{ created: 2026-01-01 }}\nuses:\n{uses}\n")))
    };
    let (plain, keyed) = (design(false), design(true));
    let (plain, keyed) = (plan(&plain), plan(&keyed));
    let slots = [&plain, &keyed].map(|plan| plan.slot("uses.0.gets").unwrap());
    let both = |value: u64| Ok::<_, crate::pricing::PricingError>((plain.total(&[(slots[0], value)])?, keyed.total(&[(slots[1], value)])?));
    let found = stretches((0, 1_000_000_000_000_000), both).unwrap();
    assert!(found.complete);
    assert_eq!(found.list.len(), 2, "{found:?}");
    let at = found.list[0].to;
    assert_eq!((found.list[0].order, found.list[1].order), (Ordering::Equal, Ordering::Greater));
    assert_eq!(both(at).unwrap().0, both(at).unwrap().1);
    assert!(both(at + 1).unwrap().0 > both(at + 1).unwrap().1);
}

type Total = Box<dyn Fn(u64) -> Decimal>;

/// A total: what is fixed, each beyond an allowance, at most so many, in batches.
fn total(fixed: u64, each: u64, free: u64, most: u64, batch: u64) -> Total {
    Box::new(move |value| {
        Decimal::new(i64::try_from(fixed).unwrap(), 2)
            + Decimal::new(i64::try_from(each).unwrap(), 6) * Decimal::from(value.min(most).div_ceil(batch).saturating_sub(free))
    })
}

fn solved(ends: (u64, u64), a: &Total, b: &Total) -> Stretches {
    stretches(ends, |value| Ok::<_, Infallible>((a(value), b(value)))).unwrap()
}

/// The same by looking at every value.
fn counted((low, high): (u64, u64), a: &Total, b: &Total) -> Vec<Stretch> {
    let mut list: Vec<Stretch> = Vec::new();
    for value in low..=high {
        let order = a(value).cmp(&b(value));
        match list.last_mut() {
            Some(last) if last.order == order => last.to = value,
            _ => list.push(Stretch { from: value, to: value, order }),
        }
    }
    list
}

#[test]
fn a_line_crosses_another_between_two_whole_numbers_or_at_one() {
    let bucket_key = total(825, 0, 0, u64::MAX, 1);
    let plain = total(100, 3, 0, u64::MAX, 1);
    let found = solved((0, 1_000_000_000_000_000), &plain, &bucket_key);
    let [one] = found.break_evens()[..] else { panic!("{found:?}") };
    assert_eq!((one.last_before, one.first_after, one.after), (2_416_666, 2_416_667, Ordering::Greater));
    let plain = total(100, 5, 20_000, u64::MAX, 1);
    let found = solved((0, 1_000_000_000_000_000), &plain, &bucket_key);
    let [one] = found.break_evens()[..] else { panic!("{found:?}") };
    assert_eq!((one.last_before, one.first_after), (1_469_999, 1_470_001), "at 1,470,000 they cost the same");
}

#[test]
fn equal_totals_have_no_break_even_and_no_end() {
    let a = total(100, 3, 20_000, u64::MAX, 1);
    let found = solved((0, 1_000_000_000_000), &a, &total(100, 3, 20_000, u64::MAX, 1));
    assert_eq!(found.list, [Stretch { from: 0, to: 1_000_000_000_000, order: Ordering::Equal }]);
    // Equal as far as the free requests reach, and never again.
    let found = solved((0, 1_000_000_000_000), &a, &total(100, 15, 20_000, u64::MAX, 1));
    let expected =
        [Stretch { from: 0, to: 20_000, order: Ordering::Equal }, Stretch { from: 20_001, to: 1_000_000_000_000, order: Ordering::Less }];
    assert_eq!((found.list.as_slice(), found.break_evens().len()), (expected.as_slice(), 0));
}

#[test]
fn staircases_that_cross_without_end_are_cut_off_and_say_so() {
    let found = solved((1, 1_000_000_000_000), &total(0, 10, 0, u64::MAX, 10), &total(0, 1, 0, u64::MAX, 1));
    assert!(!found.complete);
    assert_eq!(found.list[0], Stretch { from: 1, to: 9, order: Ordering::Greater });
    assert_eq!(found.list[1], Stretch { from: 10, to: 10, order: Ordering::Equal });
}

fn any_total() -> impl Strategy<Value = (u64, u64, u64, u64, u64)> {
    (0..40_u64, 0..4000_u64, 0..600_u64, prop_oneof![Just(u64::MAX), 0..3000_u64], prop_oneof![Just(1_u64), 1..40_u64])
}

proptest! {
    #[test]
    fn stretches_are_those_that_counting_finds(a in any_total(), b in any_total(), low in 0..500_u64, width in 0..3000_u64) {
        let (a, b) = (total(a.0, a.1, a.2, a.3, a.4), total(b.0, b.1, b.2, b.3, b.4));
        let found = solved((low, low + width), &a, &b);
        let expected = counted((low, low + width), &a, &b);
        if found.complete {
            prop_assert_eq!(found.list, expected);
        } else {
            prop_assert_eq!(&found.list[..found.list.len() - 1], &expected[..found.list.len() - 1]);
        }
    }

    #[test]
    fn one_less_and_one_more_flip_the_order(a in any_total(), b in any_total(), scale in 1..1_000_000_u64) {
        let (a, b) = (total(a.0 * scale, a.1, a.2 * scale, u64::MAX, 1), total(b.0 * scale, b.1, b.2 * scale, u64::MAX, 1));
        let found = solved((0, 1_000_000_000_000_000), &a, &b);
        prop_assert!(found.complete);
        for one in found.break_evens() {
            prop_assert_eq!(a(one.first_after).cmp(&b(one.first_after)), one.after);
            prop_assert_eq!(a(one.last_before).cmp(&b(one.last_before)), one.after.reverse());
            for equal in [one.last_before + 1, one.first_after - 1] {
                prop_assert!(equal == one.first_after || equal == one.last_before || a(equal) == b(equal));
            }
        }
    }
}
