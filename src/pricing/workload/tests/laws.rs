//! What holds for every workload.

use super::{PHOTOS, Workload, estimated, plan, set, total, tree, workload};
use crate::pricing::workload::read;
use crate::pricing::{Month, PriceBook};
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Uses of every service, to be filled with numbers.
const ALL: [&str; 13] = [
    "s3: { key: k, puts: A, gets: B, requesters: C, bucket_key: true }",
    "s3: { key: k, puts: A, gets: B, old_gets: C }",
    "sqs: { key: k, producers: C, consumers: C, messages: A }",
    "sns: { key: k, topics: C, publishers: 2, messages: B }",
    "lambda: { key: k, invocations: B, environments: A, code: decrypts-per-invocation }",
    "ebs: { key: k, created: A, attached: B, snapshots: C }",
    "rds: { key: k, instances: A, starts: B, multi_az: true }",
    "logs: { key: k, groups: C, bytes: B }",
    "secretsmanager: { key: k, writes: A, reads: B }",
    "ssm: { key: k, writes: A, reads: B }",
    "kinesis: { key: k, streams: C, producers: 2 }",
    "dynamodb: { key: k, connections: A }",
    "kms: { key: k, operation: GenerateDataKey, count: B, cached: { messages: 100, max_age: 5m, clients: 3 } }",
];

fn with_numbers(use_: &str, (a, b, c): (u64, u64, u64)) -> String {
    let number = |text: &str, letter: &str, value: u64| text.replace(&format!(": {letter}"), &format!(": {value}"));
    number(&number(&number(use_, "A", a), "B", b), "C", c)
}

fn file(uses: &[String], free_tier: bool) -> String {
    let uses: Vec<String> = uses.iter().map(|use_| format!("  - {use_}\n")).collect();
    format!(
        "workload: w\nmonths: 2026-01 .. 2026-03\nfree_tier: {free_tier}\nkeys:\n  k: {{ manager: owned }}\n  k2: {{}}\nuses:\n{}",
        uses.concat()
    )
    .replace("  k: { manager: owned }\n", "  k: { manager: aws }\n")
}

fn uses() -> impl Strategy<Value = Vec<String>> {
    let one = (prop::sample::select(&ALL[..]), 0u64..200_000, 0u64..2_000_000, 0u64..9);
    prop::collection::vec(one.prop_map(|(use_, a, b, c)| with_numbers(use_, (a, b, c))), 0..6)
}

/// The numbers of the file that grow.
fn volumes(workload: &Workload) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for (at, usage) in workload.uses.iter().enumerate() {
        for field in usage.rule.fields {
            let volume =
                !matches!(field.name, "batch" | "cached.messages" | "bucket_key" | "encryption" | "code" | "variables" | "multi_az");
            if let Some(value) =
                usage.value(field.name).filter(|_| volume && !field.name.contains("seconds") && !field.name.contains("age"))
            {
                found.push((format!("uses.{at}.{}", field.name), value));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn cost_never_falls_when_a_volume_grows(uses in uses(), more in 1u64..1_000_000, which: prop::sample::Index, free_tier: bool) {
        let workload = workload(&file(&uses, free_tier));
        let volumes = volumes(&workload);
        prop_assume!(!volumes.is_empty());
        let (path, value) = which.get(&volumes);
        let plan = plan(&workload);
        let slot = plan.slot(path).unwrap();
        let grown = plan.total(&[(slot, value + more)]).unwrap();
        prop_assert!(grown >= plan.total(&[]).unwrap(), "{path} from {value} by {more}");
    }

    #[test]
    fn splitting_the_uses_over_files_changes_nothing(uses in uses(), cut: prop::sample::Index) {
        let at = if uses.is_empty() { 0 } else { cut.index(uses.len()) };
        let whole = total(&file(&uses, false));
        let parts = total(&file(&uses[..at], false)) + total(&file(&uses[at..], false));
        // The key without a use is in both files.
        prop_assert_eq!(whole + Decimal::from(3), parts);
    }

    #[test]
    fn the_fast_way_agrees_with_the_bills(uses in uses(), free_tier: bool, window in 1u64..90_000) {
        let text = file(&uses, free_tier);
        let workload = workload(&text);
        prop_assert_eq!(plan(&workload).total(&[]).unwrap(), estimated(&workload).total);
        let mut node = tree(&text);
        for at in 0..workload.uses.len() {
            if workload.uses[at].rule.name == "s3" {
                set(&mut node, &format!("uses.{at}.bucket_key_seconds"), tree(&window.to_string())).unwrap();
            }
        }
        let stated = read(&node, PriceBook::standard(), None).unwrap();
        prop_assert_eq!(plan(&workload).total_with_window(&[], Some(window)).unwrap(), estimated(&stated).total);
    }

    #[test]
    fn the_lives_of_keys_cost_the_same_either_way(
        created in 0i64..400, days in prop::option::of(90u32..800), before in 0u64..4, count in 0u64..5, scheduled in prop::option::of(0i64..300),
        cancel: bool, guide: bool,
    ) {
        let at = |days: i64| crate::cloud::format_instant(Month::parse("2024-01").unwrap().start() + chrono::TimeDelta::hours(days * 37));
        let mut key = format!("count: {count}, created: {}, regions: [us-east-1, eu-west-2]", at(created));
        if created == 0 { key.push_str(&format!(", rotations_before: {before}")); }
        // The guide knows no period but a year.
        if let Some(days) = days.filter(|_| !guide) { key.push_str(&format!(", rotation_days: {days}")); }
        if let Some(after) = scheduled {
            key.push_str(&format!(", scheduled_deletion: {}", at(created + after)));
            key.push_str(&format!(", {}: {}", if cancel { "cancelled" } else { "deleted" }, at(created + after + 30)));
        }
        let text = format!("workload: w\nmonths: 2024-01 .. 2026-03\nrulebook: {}\nkeys:\n  k: {{ {key} }}\n", if guide { "guide" } else { "current" });
        let workload = workload(&text);
        let whole = estimated(&workload);
        prop_assert_eq!(plan(&workload).total(&[]).unwrap(), whole.total);
        let months: Decimal = whole.months.iter().map(|month| month.bill.total).sum();
        prop_assert!((months - whole.total).abs() < Decimal::new(1, 18));
    }

    #[test]
    fn arithmetic_is_exact_to_a_tenth_of_a_microdollar_at_ten_to_the_fifteen(count in 999_999_999_990_000u64..1_000_000_000_000_001) {
        let text = format!("workload: w\nmonths: 2026-06\nkeys:\n  k: {{ manager: aws }}\nuses:\n  - kms: {{ key: k, operation: Decrypt, count: {count} }}\n");
        // In integers: three millionths of a dollar for each request beyond the first 20,000.
        let microdollars = i128::from(count - 20_000) * 3;
        prop_assert_eq!(total(&text), Decimal::from_i128_with_scale(microdollars, 6));
    }
}

#[test]
fn a_million_totals_are_a_matter_of_integers() {
    let plan = plan(&workload(PHOTOS));
    let gets = plan.slot("uses.0.gets").unwrap();
    let before = plan.total(&[(gets, 0)]).unwrap();
    assert!(plan.total(&[(gets, 1_000_000_000_000)]).unwrap() >= before);
}
