//! Progress, the plan and what answers tell, through the program.

use assert_cmd::Command;
use kmsprep::study::Store;
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

const NOW: &str = "2026-03-10T12:00:00Z";

fn run(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let output = Command::cargo_bin("kmsprep").unwrap().env("KMSPREP_DATA_DIR", folder).env_remove("COLUMNS").args(args).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

/// Twelve answers to one question, right but for the third, the last of them four days ago; the first ones sure, the last without a say.
fn history() -> String {
    let line = |(number, day): (usize, u32)| {
        let confidence = if number < 8 { "3" } else { "null" };
        let grade = if number == 2 { "wrong" } else { "right" };
        format!(
            r#"{{"v":2,"at":"2026-{:02}-{:02}T12:00:00Z","item":"question:disabled-key-error","answer":["b"],"confidence":{confidence},"hints":0,"seed":1,"grade":"{grade}","millis":20000,"place":"drill"}}"#,
            1 + day / 28,
            1 + day % 28
        )
    };
    (0..12).map(|number| (number, u32::try_from(number * 5).unwrap())).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn progress_is_taken_out_and_in_and_forgotten() {
    let (first, second) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (path, _, _) = run(first.path(), &["progress", "path"]);
    assert_eq!(path.trim_end(), Store::path_in(first.path()).to_str().unwrap());

    let file = first.path().join("history.jsonl");
    std::fs::write(&file, format!("{}\nno line\n", history())).unwrap();
    let (text, stderr, code) = run(first.path(), &["progress", "import", file.to_str().unwrap()]);
    assert_eq!((text.as_str(), code), ("12 answers and 0 exams taken in; 0 answers were there already.\n", 0));
    assert!(stderr.contains("line 13 cannot be read and is skipped"), "{stderr}");

    let copy = second.path().join("copy.jsonl");
    assert_eq!(run(first.path(), &["progress", "export", "--to", copy.to_str().unwrap()]).2, 0);
    // A second export does not take the place of the first.
    let (_, stderr, code) = run(first.path(), &["progress", "export", "--to", copy.to_str().unwrap()]);
    assert!(code == 2 && stderr.contains("cannot write"), "{stderr}");
    run(second.path(), &["progress", "import", copy.to_str().unwrap()]);
    assert_eq!(run(first.path(), &["progress", "export"]), run(second.path(), &["progress", "export"]));

    let (_, stderr, code) = run(first.path(), &["progress", "reset"]);
    assert!(code == 2 && stderr.contains("progress export --to FILE"), "{stderr}");
    assert_eq!(run(first.path(), &["progress", "reset", "--yes"]).2, 0);
    assert_eq!(run(first.path(), &["progress", "export"]).0.lines().count(), 1);
}

#[test]
fn a_plan_is_kept_and_counts_back_from_the_exam() {
    let folder = TempDir::new().unwrap();
    let (text, _, _) = run(folder.path(), &["plan", "--now", NOW]);
    assert!(text.contains("no date yet") && text.contains("10 minutes, 20 answers a day"), "{text}");
    let set = ["plan", "--exam-date", "2026-04-02", "--minutes", "15", "--goal", "30", "--now", NOW, "--format", "json"];
    let plan: Value = serde_json::from_str(&run(folder.path(), &set).0).unwrap();
    let unseen = plan["never_seen"].as_u64().unwrap();
    assert_eq!((plan["days_left"].as_u64(), plan["minutes"].as_u64()), (Some(23), Some(15)));
    // Sixteen days until the last week.
    assert_eq!(plan["new_a_day"].as_u64(), Some(unseen.div_ceil(16).min(25)));
    let again: Value = serde_json::from_str(&run(folder.path(), &["plan", "--now", NOW, "--format", "json"]).0).unwrap();
    assert_eq!(again, plan);
    let (_, stderr, code) = run(folder.path(), &["plan", "--exam-date", "2026-03-01", "--now", NOW]);
    assert_eq!((stderr.as_str(), code), ("error: 2026-03-01 is over\nhelp: name a day that is to come, or none\n", 2));
    assert_eq!(run(folder.path(), &["plan", "--retention", "0.99"]).2, 2);
}

#[test]
fn stats_tell_what_the_answers_say_in_tables_and_as_json() {
    let folder = TempDir::new().unwrap();
    let (text, _, _) = run(folder.path(), &["stats", "--now", NOW]);
    assert!(text.contains("No answers yet"), "{text}");
    Store::open(folder.path()).unwrap().import(history().as_bytes()).unwrap();
    let stats: Value = serde_json::from_str(&run(folder.path(), &["stats", "--now", NOW, "--format", "json"]).0).unwrap();
    assert_eq!((stats["answers"].as_u64(), stats["streak"].as_u64()), (Some(12), Some(0)));
    let states = stats["topics"].as_array().unwrap().iter().find(|topic| topic["name"] == "key-states").unwrap();
    assert_eq!((states["seen"].as_u64(), states["known"].as_u64(), states["confident_errors"].as_u64()), (Some(1), Some(1), Some(1)));
    let sure = &stats["calibration"][0];
    assert_eq!((&sure["confidence"], &sure["share"]["right"], &sure["share"]["of"]), (&"sure".into(), &7.into(), &8.into()));
    let stretch = &stats["retention"][0];
    assert_eq!((&stretch["from_days"], &stretch["share"]["right"], &stretch["share"]["of"]), (&4.into(), &10.into(), &11.into()));
    assert!(stats["forecast"]["scaled"].as_u64().unwrap() < 720, "{stats}");
    assert_eq!(stats["times"][0]["median_seconds"], 20);

    for (width, plain) in [("80", false), ("40", false), ("80", true)] {
        let mut command = Command::cargo_bin("kmsprep").unwrap();
        command.env("KMSPREP_DATA_DIR", folder.path()).env("COLUMNS", width).args(["stats", "--sections", "--now", NOW]);
        let output = command.args(plain.then_some("--plain")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= width.parse().unwrap()), "{text}");
        assert!(!plain || !text.contains("###"), "{text}");
        assert!(text.contains("sure") && text.contains("Key States"), "{text}");
    }
}
