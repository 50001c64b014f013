//! The drill in a pipe and on a terminal.

use assert_cmd::Command;
use rexpect::session::{PtySession, spawn_command};
use std::path::Path;
use tempfile::TempDir;

/// Three questions of one pack-independent topic, in an order that the seed fixes.
const SESSION: [&str; 8] = ["drill", "--only", "questions", "--count", "3", "--seed", "4", "--now"];

fn drill(folder: &Path, now: &str, extra: &[&str], input: &str) -> (String, i32) {
    let output = Command::cargo_bin("kmsprep")
        .unwrap()
        .env("KMSPREP_DATA_DIR", folder)
        .env_remove("COLUMNS")
        .args(SESSION)
        .arg(now)
        .args(extra)
        .write_stdin(input)
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

/// The events of a session in JSON.
fn events(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The letters that answer each question of the session rightly, in the order of asking.
fn right_letters() -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let mut letters: Vec<String> = Vec::new();
    for _ in 0..3 {
        // Skipping shows the question; its answer is looked for letter by letter.
        let (text, _) = drill(folder.path(), "2026-03-01", &["--format", "json", "--ephemeral"], &"s\n".repeat(3));
        let question = events(&text).into_iter().filter(|event| event["type"] == "question").nth(letters.len()).unwrap();
        let options = question["options"].as_array().unwrap().len();
        let found = (0..options).map(|index| char::from(b'A' + u8::try_from(index).unwrap()).to_string()).find(|letter| {
            let input = format!("{}{letter}\n", "s\n".repeat(letters.len()));
            let (text, _) = drill(folder.path(), "2026-03-01", &["--format", "json", "--ephemeral"], &input);
            events(&text).iter().any(|event| event["type"] == "answer" && event["grade"] == "right")
        });
        letters.push(found.unwrap());
    }
    letters
}

#[test]
fn right_answers_end_with_zero_and_come_again_tomorrow() {
    let folder = TempDir::new().unwrap();
    let input = right_letters().join("\n");
    let (text, code) = drill(folder.path(), "2026-03-01", &[], &input);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("first try         3 of 3 right") && text.contains("Tomorrow: 3 due."), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    let (text, _) = drill(folder.path(), "2026-03-02", &[], "");
    assert!(text.contains("3 items in this session; 3 due"), "{text}");
    let (text, _) = drill(folder.path(), "2026-03-01T20:00:00Z", &["--format", "json"], "");
    assert_eq!(events(&text)[0]["due"], 0, "{text}");
}

#[test]
fn a_wrong_answer_ends_with_one_says_why_and_comes_again() {
    let folder = TempDir::new().unwrap();
    let right = right_letters();
    let wrong = if right[0] == "A" { "B" } else { "A" };
    let (text, code) = drill(folder.path(), "2026-03-01", &[], &format!("{wrong} 3\n{}\n{}\n{}\n", right[1], right[2], right[0]));
    assert_eq!(code, 1);
    for part in ["NOT CORRECT   you chose", "(sure)   correct:", "In short", "you were sure", "[4/4]", "repaired          1 of 1"] {
        assert!(text.contains(part), "{part} is missing\n{text}");
    }
    let log = std::fs::read_to_string(folder.path().join("progress.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 4);
    assert!(log.lines().next().unwrap().contains(r#""confidence":3,"#), "{log}");
}

#[test]
fn a_line_that_is_no_answer_skips_the_item_and_is_no_error() {
    let folder = TempDir::new().unwrap();
    let (text, code) = drill(folder.path(), "2026-03-01", &[], "what?\n\u{1b}[31m\nq\n");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("`what?` is not") && text.contains("skipped           2"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(!folder.path().join("progress.jsonl").exists() || std::fs::read(folder.path().join("progress.jsonl")).unwrap().is_empty());
}

#[test]
fn the_same_input_gives_the_same_bytes_and_ephemeral_keeps_nothing() {
    let folder = TempDir::new().unwrap();
    let run = || drill(folder.path(), "2026-03-01", &["--ephemeral"], "a\nb\nc\na\nb\nc\n");
    assert_eq!(run(), run());
    assert!(!folder.path().join("progress.jsonl").exists());
}

#[test]
fn a_damaged_line_is_reported_and_kept() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("progress.jsonl");
    std::fs::write(&log, "{\"v\":1,\"at\":\"2026").unwrap();
    let output = Command::cargo_bin("kmsprep")
        .unwrap()
        .env("KMSPREP_DATA_DIR", folder.path())
        .args(SESSION)
        .arg("2026-03-01")
        .write_stdin("a\n")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "warning: progress.jsonl: line 1 cannot be read and is skipped\n");
    let text = std::fs::read_to_string(log).unwrap();
    assert!(text.starts_with("{\"v\":1,\"at\":\"2026\n{\"v\":1,"), "{text}");
}

#[test]
fn an_unknown_topic_is_unusable_and_a_near_one_is_suggested() {
    let output = Command::cargo_bin("kmsprep").unwrap().args(["drill", "--ephemeral", "rotaton"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: there is no topic `rotaton`\nhelp: did you mean `rotation`?\n");
}

#[test]
fn a_broken_pack_is_shown_with_its_places() {
    let pack = TempDir::new().unwrap();
    std::fs::write(pack.path().join("mine.yaml"), "questions:\n  - question: Mine\n    knd: choice\n").unwrap();
    let output = Command::cargo_bin("kmsprep").unwrap().args(["drill", "--ephemeral", "--pack"]).arg(pack.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("mine.yaml:3:5") && stderr.contains("did you mean `kind`?"), "{stderr}");
}

/// A drill on a pseudo-terminal.
fn terminal(folder: &Path) -> PtySession {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"));
    command.args(SESSION).arg("2026-03-01").env("KMSPREP_DATA_DIR", folder).env("NO_COLOR", "1").env("COLUMNS", "80");
    spawn_command(command, Some(20_000)).unwrap()
}

#[test]
fn on_a_terminal_it_asks_again_gives_hints_and_wants_to_know_how_sure() {
    let folder = TempDir::new().unwrap();
    let right = right_letters();
    let mut screen = terminal(folder.path());
    screen.exp_string("Answer (A-").unwrap();
    screen.send_line("zz").unwrap();
    screen.exp_string("Answer with one letter").unwrap();
    screen.send_line("h").unwrap();
    screen.exp_string("Hint 1 of").unwrap();
    screen.send_line(&right[0].to_lowercase()).unwrap();
    screen.exp_string("How sure?").unwrap();
    screen.send_line("1").unwrap();
    screen.exp_string("CORRECT (guess)").unwrap();
    screen.exp_string("a guess is not yet knowledge").unwrap();
    screen.exp_string("enter next").unwrap();
    // The answer is on the disk before the next question is asked.
    let log = std::fs::read_to_string(folder.path().join("progress.jsonl")).unwrap();
    assert!(log.contains(r#""grade":"lucky""#) && log.contains(r#""hints":1"#), "{log}");
    screen.send_line("").unwrap();
    screen.exp_string("[2/").unwrap();
    screen.exp_string("Answer (").unwrap();
    screen.send_line("q").unwrap();
    screen.exp_string("Session done: 1 item answered").unwrap();
    screen.exp_string("guessed right").unwrap();
    screen.exp_eof().unwrap();
}
