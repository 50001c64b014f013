//! What a total costs: one evaluation of a plan, as a sweep makes a million of, and the estimate of a long file.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use divan::{Bencher, black_box};
use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use kmsprep::pricing::PriceBook;
use kmsprep::pricing::workload::{Plan, Workload, estimate, read};
use kmsprep::rulebook::Rulebook;
use std::fmt::Write as _;

fn main() {
    divan::main();
}

const LIMITS: Limits = Limits { bytes: 16 << 20, depth: 32, nodes: 2_000_000 };

fn workload(text: &str) -> Workload {
    let node = doc::read(&mut Sources::new(), "w.yaml", text, LIMITS).unwrap();
    read(&node, PriceBook::standard(), None).unwrap()
}

/// A year of a bucket with a bucket key, a queue and direct requests.
const YEAR: &str = "workload: year
months: 2026-07 .. 2027-06
keys: { photos: { rotation_days: 90 } }
uses:
  - s3: { key: photos, puts: 10_000_000, gets: 300_000_000, bucket_key: true, requesters: 4 }
  - sqs: { key: photos, producers: 3, consumers: 2 }
  - kms: { key: photos, operation: Decrypt, count: 1_000_000 }
";

/// So many uses in one month.
fn long(uses: usize) -> String {
    let mut text = String::from("workload: long\nmonths: 2026-07\nkeys: { k: {} }\nuses:\n");
    for number in 0..uses {
        writeln!(text, "  - s3: {{ key: k, puts: {number}, gets: 1_000_000, bucket_key: true, requesters: 3 }}").unwrap();
    }
    text
}

#[divan::bench(args = ["uses.0.gets", "uses.0.requesters", "keys.photos.count", "keys.photos.rotation_days"])]
fn one_total(bencher: Bencher, path: &str) {
    let plan = Plan::compile(&workload(YEAR), PriceBook::standard(), Rulebook::current()).unwrap();
    let slot = plan.slot(path).unwrap();
    bencher.bench(|| plan.total(&[(slot, black_box(400))]).unwrap());
}

#[divan::bench(args = [10_000])]
fn read_and_estimate(bencher: Bencher, uses: usize) {
    let text = long(uses);
    bencher.bench(|| estimate(&workload(&text), PriceBook::standard(), Rulebook::current()).unwrap());
}
