//! `kmsprep cost compare` and `sweep` from outside.

use crate::cli::{Folder, Ran, kmsprep};
use serde_json::Value;

const PLAIN: &str = "workload: plain
months: 2026-07
keys:
  photos: { created: 2026-01-01 }
uses:
  - s3: { key: photos, puts: 10_000_000, gets: 300_000_000 }
";

const KEYED: &str = "workload: bucket-keys
months: 2026-07
keys:
  per-team: { created: 2026-01-01, count: 12 }
uses:
  - s3: { key: per-team, puts: 10_000_000, gets: 300_000_000, bucket_key: true, requesters: 40 }
neighbours:
  - { price: hsm-hour, quantity: 2 }
";

struct Files {
    folder: Folder,
    plain: String,
    keyed: String,
}

fn files() -> Files {
    let folder = Folder::new();
    let (plain, keyed) = (folder.file("plain.yaml", PLAIN), folder.file("keyed.yaml", KEYED));
    Files { folder, plain, keyed }
}

#[track_caller]
fn json(ran: &Ran) -> Value {
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn designs_are_compared_line_by_line_with_their_break_even_point() {
    let files = files();
    let ran = kmsprep(&["cost", "compare", &files.plain, &files.keyed, "--over", "uses.0.gets", "--set", "plain:uses.0.puts=0"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!("cost compare", ran.out);
}

#[test]
fn a_break_even_point_holds_in_the_bills_themselves() {
    let files = files();
    let report = json(&kmsprep(&[
        "cost",
        "compare",
        &files.plain,
        &files.keyed,
        "--over",
        "uses.0.gets",
        "--set",
        "uses.0.puts=0",
        "--format",
        "json",
    ]));
    let points = report["break_even"][0]["points"].as_array().unwrap();
    let [point] = points.as_slice() else { panic!("{report:#}") };
    let set = |at: &Value| at.as_u64().unwrap();
    let (before, after) = (set(&point["last_before"]), set(&point["first_after"]));
    let cheapest = |gets: u64| {
        let gets = format!("uses.0.gets={gets}");
        let args = ["cost", "compare", &files.plain, &files.keyed, "--set", "uses.0.puts=0", "--set", &gets, "--format", "json"];
        json(&kmsprep(&args))["cheapest"].clone()
    };
    assert_eq!(cheapest(before), serde_json::json!(["plain"]));
    assert_eq!(cheapest(after), serde_json::json!(["bucket-keys"]));
}

#[test]
fn one_file_twice_differs_by_a_flag_for_its_letter() {
    let files = files();
    let ran = kmsprep(&["cost", "compare", &files.plain, &files.plain, "--set", "B:uses.0.bucket_key=true", "--format", "csv"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let head = ran.out.lines().next().unwrap();
    assert_eq!(head, "kind,item,account,region,unit,quantity of plain (A),quantity of plain (B),USD of plain (A),USD of plain (B)");
    let last = ran.out.lines().last().unwrap();
    assert!(last.starts_with("total,all,") && last.ends_with(",930.94,1"), "{last}");
}

#[test]
fn a_sweep_shows_a_table_a_chart_and_the_crossing() {
    let files = files();
    let ran = kmsprep(&["cost", "sweep", &files.plain, &files.keyed, "--over", "uses.0.gets=0..10_000_000", "--set", "uses.0.puts=0"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    insta::assert_snapshot!("cost sweep", ran.out);
}

#[test]
fn a_sweep_of_two_inputs_has_a_line_for_each_value_of_the_second() {
    let files = files();
    let over = ["--over", "uses.0.gets=1_000..1_000_000_000", "--over2", "uses.0.requesters=1..1001"];
    let ran = kmsprep(
        &[&["cost", "sweep", &files.keyed, "--log", "--log-cost", "--plain", "--points", "61", "--points2", "3"][..], &over].concat(),
    );
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!("cost sweep of two inputs", ran.out);
    let csv = kmsprep(&[&["cost", "sweep", &files.keyed, "--points", "3", "--points2", "2", "--csv", "-"][..], &over].concat());
    let rows: Vec<&str> = csv.out.lines().collect();
    assert_eq!(rows[0], "uses.0.gets,uses.0.requesters,bucket-keys");
    assert_eq!(rows.len(), 7);
    assert!(rows[1].starts_with("1000,1,") && rows[6].starts_with("1000000000,1001,"));
}

#[test]
fn every_point_of_a_sweep_is_what_compare_says() {
    let files = files();
    let report = json(&kmsprep(&[
        "cost",
        "sweep",
        &files.plain,
        &files.keyed,
        "--over",
        "uses.0.gets=7..90_000_000",
        "--points",
        "4",
        "--format",
        "json",
    ]));
    for point in report["points"].as_array().unwrap() {
        let set = format!("uses.0.gets={}", point[0]);
        let compared = json(&kmsprep(&["cost", "compare", &files.plain, &files.keyed, "--set", &set, "--format", "json"]));
        assert_eq!(compared["totals"], point[1]);
    }
    assert_eq!(report["points"].as_array().unwrap().len(), 4);
}

#[test]
fn pictures_are_written_and_the_same_in_every_run() {
    let files = files();
    let folder = files.folder.path();
    let write = |name: &str| {
        let (svg, png) = (folder.join(format!("{name}.svg")), folder.join(format!("{name}.png")));
        let (svg_text, png_text) = (svg.to_str().unwrap(), png.to_str().unwrap());
        let over = "uses.0.gets=0..10_000_000";
        let ran = kmsprep(&[
            "cost",
            "sweep",
            &files.plain,
            &files.keyed,
            "--over",
            over,
            "--svg",
            svg_text,
            "--png",
            png_text,
            "--format",
            "json",
        ]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""));
        (std::fs::read(svg).unwrap(), std::fs::read(png).unwrap())
    };
    let (first, second) = (write("first"), write("second"));
    assert!(first == second);
    assert!(first.0.starts_with(b"<svg ") && first.1.starts_with(b"\x89PNG\r\n"));
}

#[test]
fn what_cannot_be_used_is_told_with_a_way_out() {
    let files = files();
    let plain = files.plain.as_str();
    let folder = files.folder.path().join("none/chart.svg");
    let unwritable = folder.to_str().unwrap();
    let good = "uses.0.gets=1..1000";
    for (args, message) in [
        (vec!["sweep", plain, "--over", "uses.0.gets=9..1"], "the range is upside down: 9 is above 1"),
        (vec!["sweep", plain, "--over", "uses.0.gets=0..9", "--log"], "a logarithmic range begins above zero"),
        (vec!["sweep", plain, "--over", "uses.0.gets=-5..9"], "is no range"),
        (vec!["sweep", plain, "--over", "uses.0.gets=1..1e9"], "is no range"),
        (vec!["sweep", plain, "--over", "uses.0.gets"], "has no range"),
        (vec!["sweep", plain, "--over", good, "--points", "0"], "expected 1 to 1000000"),
        (vec!["sweep", plain, "--over", good, "--points", "1000001"], "expected 1 to 1000000"),
        (vec!["sweep", plain, "--over", good, "--points", "1000", "--over2", "uses.0.puts=1..9000", "--points2", "9000"], "are too many"),
        (vec!["sweep", plain, "--over", "uses.0.get=1..9"], "did you mean `uses.0.gets`?"),
        (vec!["sweep", plain, "--over", "C:uses.0.gets=1..9"], "no file is named `C`"),
        (vec!["sweep", plain, "--over", "uses.0.gets=0..9999999999999999999"], "reaches beyond"),
        (vec!["sweep", plain, "--over", good, "--svg", unwritable], "cannot write"),
        (vec!["sweep", plain, "--over", good, "--set", "uses.0.gets"], "a value is set as `PATH=VALUE`"),
        (vec!["sweep", plain, "--over", good, "--set", "uses.0.gets=-1"], "gets"),
        (vec!["compare", plain], "one workload alone"),
        (vec!["compare", plain, plain, "--over", "keys.foto.count"], "did you mean `keys.photos.count`?"),
    ] {
        let ran = kmsprep(&[vec!["cost"], args.clone()].concat());
        assert_eq!(ran.status, 2, "{args:?}: {}", ran.out);
        assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
    }
}
