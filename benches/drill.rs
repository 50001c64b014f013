//! How long it takes from `kmsprep drill` to the first question, and how much memory, with much to ask and much behind it.
//!
//! Run with `cargo bench --bench drill`. Figures are printed; nothing asserts them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a bench measures with the real clock, and stops at the first surprise"
)]

use kmsprep::study::Store;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const QUESTIONS: usize = 9_500;
const ANSWERS: usize = 100_000;
const RUNS: usize = 9;

/// A pack of questions in files of five hundred.
fn pack(folder: &Path) {
    for file in 0..QUESTIONS / 500 {
        let mut text = String::from("version: 1\nquestions:\n");
        for number in file * 500..(file + 1) * 500 {
            writeln!(
                text,
                "  - question: bench-{number}\n    kind: choice\n    topics: [bench-{}]\n    domain: secure\n    guide: \"Key States\"\n    stem: Which of these four options is number {number} of the pack?\n    \
                 options:\n      a: {{ text: \"The first of the four\", why: \"That is the first of them.\" }}\n      b: {{ text: \"The second of the four\", why: \"That is the second of them.\" }}\n      \
                 c: {{ text: \"The third of the four\", why: \"That is the third of them.\" }}\n      d: {{ text: \"The last of the four\", why: \"That is the last of them.\" }}\n    key: [b]\n    \
                 why: \"It is the second.\"\n    proof: cited\n    source: \"A page\"",
                number % 40
            )
            .unwrap();
        }
        std::fs::write(folder.join(format!("pack-{file}.yaml")), text).unwrap();
    }
}

/// Answers to the questions of the pack, one a minute for some months.
fn history(folder: &Path) {
    let mut lines = String::new();
    for number in 0..ANSWERS {
        let (day, minute) = (number / 1_000, number % 1_000);
        let at = format!("2026-{:02}-{:02}T{:02}:{:02}:00Z", 1 + day / 28, 1 + day % 28, 5 + minute / 60 % 18, minute % 60);
        let grade = if number % 7 == 0 { "wrong" } else { "right" };
        let question = number * 7_919 % QUESTIONS;
        writeln!(lines, r#"{{"v":2,"at":"{at}","item":"question:bench-{question}","answer":["b"],"confidence":3,"hints":0,"seed":{number},"grade":"{grade}","millis":20000,"place":"drill"}}"#).unwrap();
    }
    let started = Instant::now();
    let imported = Store::open(folder).unwrap().import(lines.as_bytes()).unwrap();
    println!("import of {} answers: {:.2} s", imported.added, started.elapsed().as_secs_f64());
}

/// From the start of the process to the line with the first question, and the most memory that it had until then, in kilobytes.
fn first_question(data: &Path, pack: Option<&Path>) -> (Duration, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmsprep"));
    command.args(["drill", "--now", "2026-06-01T09:00:00Z"]).env("KMSPREP_DATA_DIR", data).stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(pack) = pack {
        command.arg("--pack").arg(pack);
    }
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().starts_with("[1/") {}
    let taken = started.elapsed();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|text| text.parse().ok());
    child.kill().unwrap();
    child.wait().unwrap();
    (taken, peak.unwrap_or(0))
}

fn report(name: &str, data: &Path, pack: Option<&Path>) {
    let mut runs: Vec<(Duration, u64)> = (0..RUNS).map(|_| first_question(data, pack)).collect();
    runs.sort();
    let (middle, peak) = runs[RUNS / 2];
    println!("{name}: {:.1} ms to the first question (median of {RUNS}), {:.1} MB", middle.as_secs_f64() * 1e3, peak as f64 / 1024.0);
}

fn main() {
    let (empty, full, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    pack(folder.path());
    history(full.path());
    report("the bundle, no history", empty.path(), None);
    report("the bundle, 100,000 answers", full.path(), None);
    report("9,500 questions besides, 100,000 answers", full.path(), Some(folder.path()));
}
