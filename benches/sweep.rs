//! What a sweep costs: a million points of a workload, and its break-even point.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use divan::{Bencher, black_box};
use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use kmsprep::pricing::PriceBook;
use kmsprep::pricing::sweep::{Curve, MOST_POINTS, Range, Spread, stretches, totals};
use kmsprep::pricing::workload::{self, Plan};
use kmsprep::render::{Axis, Chart, Scale, Series, Unit, chart_png, chart_svg};
use kmsprep::rulebook::Rulebook;
use rust_decimal::Decimal;

fn main() {
    divan::main();
}

fn plan(bucket_key: bool, months: &str) -> Plan {
    let text = format!(
        "workload: photos\nmonths: {months}\nkeys:\n  photos: {{ created: 2026-01-01, regions: [us-east-1, eu-west-1], rotation_days: 365 }}\n\
         uses:\n  - s3: {{ key: photos, puts: 10_000_000, gets: 300_000_000, bucket_key: {bucket_key}, requesters: 4 }}\n  \
         - sqs: {{ key: photos, producers: 3, consumers: 2 }}\n  - kms: {{ key: photos, operation: Decrypt, count: 1_000_000 }}\n"
    );
    let node = doc::read(&mut Sources::new(), "photos.yaml", &text, Limits::default()).unwrap();
    let workload = workload::read(&node, PriceBook::standard(), None).unwrap();
    Plan::compile(&workload, PriceBook::standard(), Rulebook::current()).unwrap()
}

#[divan::bench(args = ["2026-07", "2026-07 .. 2027-06"], sample_count = 5)]
fn a_million_points(bencher: Bencher, months: &str) {
    let plan = plan(true, months);
    let curve = Curve { plan: &plan, slot: plan.slot("uses.0.gets"), fixed: Vec::new() };
    let values = Range::new((1, 1_000_000_000_000), MOST_POINTS, Spread::Logarithmic).unwrap().values();
    bencher.counter(values.len()).bench(|| totals(black_box(&curve), black_box(&values)).unwrap());
}

#[divan::bench]
fn a_break_even_point(bencher: Bencher) {
    let (plain, keyed) = (plan(false, "2026-07"), plan(true, "2026-07"));
    let (a, b) = (plain.slot("uses.0.gets").unwrap(), keyed.slot("uses.0.gets").unwrap());
    let both = |value: u64| Ok::<_, kmsprep::pricing::PricingError>((plain.total(&[(a, value)])?, keyed.total(&[(b, value)])?));
    bencher.bench(|| stretches(black_box((0, 1_000_000_000_000_000)), both).unwrap());
}

fn chart() -> Chart {
    let points = (1..=MOST_POINTS).map(|x| (Decimal::from(x), Decimal::from(x) * Decimal::new(3, 6))).collect();
    let axis = |title: &str, unit| Axis { title: title.to_owned(), scale: Scale::Linear, unit };
    Chart {
        title: "What photos costs".to_owned(),
        x: axis("reads a month", Unit::Count),
        y: axis("USD a month", Unit::Usd),
        series: vec![Series { name: "photos".to_owned(), points }],
        marks: Vec::new(),
    }
}

#[divan::bench(sample_count = 5)]
fn a_million_points_as_svg(bencher: Bencher) {
    let chart = chart();
    bencher.bench(|| chart_svg(black_box(&chart)).unwrap());
}

#[divan::bench(sample_count = 5)]
fn a_million_points_as_png(bencher: Bencher) {
    let chart = chart();
    bencher.bench(|| chart_png(black_box(&chart)).unwrap());
}
