//! The exam in a pipe and on a terminal.

use assert_cmd::Command;
use rexpect::process::Signal;
use rexpect::session::{PtySession, spawn_command};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// The clock stands at this time, so that equal input gives equal bytes.
const NOW: [&str; 2] = ["--now", "2026-03-01T09:00:00Z"];
const MINI: [&str; 5] = ["exam", "--mini", "--seed", "11", "--new"];

fn exam(folder: &Path, args: &[&str], input: &str) -> (String, String, i32) {
    let output = Command::cargo_bin("kmsprep")
        .unwrap()
        .env("KMSPREP_DATA_DIR", folder)
        .env("COLUMNS", "80")
        .args(args)
        .args(NOW)
        .write_stdin(input)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

fn of<'e>(events: &'e [Value], kind: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

/// Letters that answer every question of the mini exam: the first ones, or, looked up in the review of a sitting elsewhere, the right ones.
fn letters(right: bool) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let (text, _, _) = exam(folder.path(), &[&MINI[..], &["--format", "json", "--ephemeral"]].concat(), &"n\n".repeat(15));
    let questions = events(&text);
    let first: Vec<String> =
        of(&questions, "question").iter().map(|question| "abcdef"[..question["choose"].as_u64().unwrap() as usize].to_owned()).collect();
    if !right {
        return first;
    }
    let input = format!("{}\nsubmit\n", first.join("\n"));
    exam(folder.path(), &[&MINI[..], &["--format", "json"]].concat(), &input);
    let (text, _, _) = exam(folder.path(), &["exam", "review", "--format", "json"], "");
    of(&events(&text), "answer").iter().map(|answer| answer["letters"]["key"].as_str().unwrap().to_lowercase()).collect()
}

#[test]
fn a_whole_mini_exam_in_a_pipe_passes_with_right_answers_and_goes_into_the_history() {
    let folder = TempDir::new().unwrap();
    let input = format!("m\n{}\nsubmit\n", letters(true).join("\n"));
    let (text, err, code) = exam(folder.path(), &[&MINI[..], &["--format", "json"]].concat(), &input);
    assert_eq!((code, err.as_str()), (0, ""), "{text}");
    let told = events(&text);
    assert_eq!(told[0]["type"], "paper");
    assert_eq!((&told[0]["questions"], &told[0]["scored"], &told[0]["seconds"]), (&15.into(), &12.into(), &1800.into()));
    let result = told.last().unwrap();
    assert_eq!((&result["scaled"], &result["right"], &result["unscored"]["right"]), (&1000.into(), &12.into(), &3.into()));
    // Nothing that helps is said before the end.
    for event in &told[..told.len() - 1] {
        let text = event.to_string();
        for secret in ["\"key\"", "\"why\"", "misconception", "\"grade\"", "\"scored\":true", "\"scored\":false", "hint", "topics"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    // All fifteen are known now, and the drill does not ask them again today.
    let (drill, _, _) = exam(folder.path(), &["drill", "--only", "questions", "--format", "json", "--count", "1"], "");
    assert_eq!(events(&drill)[0]["due"], 0, "{drill}");
    let (list, _, _) = exam(folder.path(), &["exam", "list", "--format", "json"], "");
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!((&list["sittings"][0]["passed"], &list["sittings"][0]["ended"]), (&true.into(), &"submitted".into()));
}

#[test]
fn what_was_wrong_comes_in_the_next_drill_and_the_review_tells_why() {
    let folder = TempDir::new().unwrap();
    let (text, _, code) = exam(folder.path(), &MINI, &format!("{}\nsubmit\n", letters(false).join("\n")));
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("BELOW the line") && text.contains("equated"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let (review, _, code) = exam(folder.path(), &["exam", "review", "--misses"], "");
    assert_eq!(code, 1);
    assert!(review.contains("NOT CORRECT   you chose A") && review.contains("What your choice did when it ran"), "{review}");
    let wrong = review.matches("NOT CORRECT").count();
    assert!(!review.contains("\nCORRECT"), "{review}");
    let (drill, _, _) = exam(folder.path(), &["drill", "--only", "questions", "--format", "json"], "");
    assert_eq!(events(&drill)[0]["due"], wrong, "{drill}");
}

#[test]
fn the_same_seed_gives_the_same_paper_and_another_another() {
    let (first, second) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let run = |folder: &TempDir, seed: &str| exam(folder.path(), &["exam", "--mini", "--seed", seed], "a\nm\nb\n").0;
    assert_eq!(run(&first, "7"), run(&second, "7"));
    let paper = |seed: &str| {
        let text = exam(TempDir::new().unwrap().path(), &["exam", "--mini", "--seed", seed, "--format", "json"], "").0;
        events(&text)[0]["paper"].as_str().unwrap().to_owned()
    };
    assert_eq!(paper("7"), paper("7"));
    assert_ne!(paper("7"), paper("8"));
}

#[test]
fn the_end_of_the_input_leaves_the_exam_saved_and_resume_goes_on() {
    let folder = TempDir::new().unwrap();
    let all = letters(false);
    let (text, _, code) = exam(folder.path(), &MINI, &format!("{}\n{}\n", all[0], all[1]));
    assert_eq!(code, 1);
    assert!(text.contains("is saved with 13 open"), "{text}");
    // A second one is not begun by accident, and the first is not reviewed before its end.
    let (_, err, code) = exam(folder.path(), &["exam", "--mini"], "");
    assert_eq!(code, 2);
    assert!(err.contains("is unfinished: 2 of 15 answered") && err.contains("kmsprep exam resume"), "{err}");
    let (_, err, code) = exam(folder.path(), &["exam", "review", &text[text.find("Exam ").unwrap() + 5..][..5]], "");
    assert!(code == 2 && err.contains("is not submitted"), "{err}");
    let (text, _, _) = exam(folder.path(), &["exam", "resume"], &format!("{}\nsubmit\ny\n", all[2..].join("\n")));
    assert!(text.contains("The clock stood") && text.contains("Question 3 of 15"), "{text}");
    assert!(text.contains("practice score"), "{text}");
    let (_, err, code) = exam(folder.path(), &["exam", "resume"], "");
    assert!(code == 2 && err.contains("there is no unfinished exam"), "{err}");
}

#[test]
fn submitting_with_open_questions_asks_once_and_an_ephemeral_exam_hands_in_at_the_end() {
    let folder = TempDir::new().unwrap();
    let (text, _, _) = exam(folder.path(), &MINI, "g 4\nsubmit\nn\nsubmit\nsubmit\n");
    assert_eq!(text.matches("Submit with 15 questions open?").count(), 2, "{text}");
    assert!(text.contains("100 of 1000") && text.contains("15, which counts as wrong"), "{text}");
    let nowhere = folder.path().join("nothing");
    let (text, _, code) = exam(&nowhere, &["exam", "--questions", "3", "--seed", "1", "--ephemeral"], "");
    assert_eq!(code, 1);
    assert!(text.contains("3 questions, 6 minutes") && text.contains("practice score"), "{text}");
    assert!(!nowhere.exists());
}

#[test]
fn a_bank_that_lost_a_question_says_so_and_does_not_score_it() {
    let folder = TempDir::new().unwrap();
    let pack = TempDir::new().unwrap();
    let pack_path = pack.path().to_str().unwrap();
    let question = |id: &str, stem: &str| {
        format!(
            "  - question: {id}\n    kind: choice\n    topics: [only-{id}]\n    domain: cost\n    guide: Keys\n    stem: {stem}\n    options:\n      \
             a: {{ text: one, why: w, misconception: m }}\n      b: {{ text: two, why: w }}\n      c: {{ text: three, why: w, misconception: m }}\n    key: [b]\n    why: So.\n    proof: cited\n    source: P\n"
        )
    };
    let file = pack.path().join("mine.yaml");
    let many: String = (0..40).map(|number| question(&format!("own-{number}"), "Which?")).collect();
    std::fs::write(&file, format!("questions:\n{many}")).unwrap();
    exam(folder.path(), &["exam", "--questions", "10", "--seed", "3", "--pack", pack_path], "");
    std::fs::remove_file(&file).unwrap();
    let (text, _, _) = exam(folder.path(), &["exam", "resume"], "submit\nsubmit\n");
    assert!(text.contains("The bank has no longer what these asked, so they are not scored:"), "{text}");
    assert!(text.contains("that the bank has no longer"), "{text}");
}

#[test]
fn plain_text_has_no_lines_and_no_bars() {
    let folder = TempDir::new().unwrap();
    let (text, _, _) = exam(folder.path(), &[&MINI[..], &["--plain"]].concat(), "a\nr\nsubmit\ny\n");
    assert!(!text.contains("---") && !text.contains("###") && !text.contains("[ ]"), "{text}");
    assert!(text.contains("Question 1 of 15:\n") && text.contains("practice score: "), "{text}");
}

#[test]
fn the_help_says_what_a_paper_is_and_is_not() {
    let help = String::from_utf8(Command::cargo_bin("kmsprep").unwrap().args(["exam", "--help"]).output().unwrap().stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["50 of them are scored", "does not foretell the exam", "one to four questions", "equated", "Exit codes: 0"] {
        assert!(help.contains(part), "{part} is missing\n{help}");
    }
}

/// An exam on a pseudo-terminal.
fn terminal(folder: &Path, args: &[&str]) -> PtySession {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"));
    command.args(args).args(NOW).env("KMSPREP_DATA_DIR", folder).env("NO_COLOR", "1").env("COLUMNS", "80").env("TERM", "xterm");
    spawn_command(command, Some(20_000)).unwrap()
}

#[track_caller]
fn press(screen: &mut PtySession, keys: &str, then: &str) {
    screen.send(keys).unwrap();
    screen.flush().unwrap();
    screen.exp_string(then).unwrap_or_else(|error| panic!("after {keys}: {error}"));
}

#[test]
fn a_killed_exam_is_resumed_with_every_answer_and_submitted_by_keys() {
    let folder = TempDir::new().unwrap();
    let all = letters(true);
    let mut screen = terminal(folder.path(), &[&MINI[..], &["--practice"]].concat());
    screen.exp_string("Any key begins").unwrap();
    press(&mut screen, " ", "[1/15]");
    press(&mut screen, "x", "x is no key here");
    press(&mut screen, "?", "mark for another look");
    press(&mut screen, "?", "[1/15]");
    for (at, letters) in all.iter().take(6).enumerate() {
        for (index, letter) in letters.chars().enumerate() {
            let so_far: String = letters.to_uppercase().chars().take(index + 1).collect();
            let mut sorted: Vec<char> = so_far.chars().collect();
            sorted.sort_unstable();
            press(&mut screen, &letter.to_string(), &format!("answer {}", sorted.into_iter().collect::<String>()));
        }
        press(&mut screen, "n", &format!("[{}/15]", at + 2));
    }
    press(&mut screen, "m", "MARKED");
    press(&mut screen, "z", "Paused");
    press(&mut screen, "z", "[7/15]");
    screen.process_mut().kill(Signal::SIGKILL).unwrap();

    let mut screen = terminal(folder.path(), &["exam", "resume"]);
    screen.exp_string("The clock stood").unwrap();
    screen.exp_string("Any key begins").unwrap();
    press(&mut screen, " ", "open 9   marked 1");
    for (at, letters) in all.iter().enumerate().skip(6) {
        press(&mut screen, letters, &format!("[{}/15]", at + 1));
        press(&mut screen, "n", if at == 14 { "Review before you submit" } else { "letter" });
    }
    screen.send("s").unwrap();
    screen.flush().unwrap();
    screen.exp_string("1000 of 1000").unwrap();
    screen.exp_eof().unwrap();
}

#[test]
fn control_c_leaves_at_once_with_all_saved() {
    let folder = TempDir::new().unwrap();
    let mut screen = terminal(folder.path(), &MINI);
    screen.exp_string("Any key begins").unwrap();
    press(&mut screen, " ", "[1/15]");
    press(&mut screen, "m", "marked 1");
    screen.send_control('c').unwrap();
    screen.exp_string("is saved with 15 open").unwrap();
    screen.exp_eof().unwrap();
    let (list, _, _) = exam(folder.path(), &["exam", "list"], "");
    assert!(list.contains("unfinished: 0 of 15 answered, 0:30:00 left"), "{list}");
}

#[test]
fn when_the_time_is_over_the_paper_is_handed_in_as_it_is() {
    let folder = TempDir::new().unwrap();
    exam(folder.path(), &MINI, &format!("{}\n", letters(true)[0]));
    let mut store = kmsprep::study::Store::open(folder.path()).unwrap();
    let saved = store.sittings().unwrap().remove(0);
    let short = saved.json.replace("\"left_ms\":1800000", "\"left_ms\":400");
    assert_ne!(short, saved.json);
    store.save_sitting(&saved.id, &short, false).unwrap();
    drop(store);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"));
    command.args(["exam", "resume"]).env("KMSPREP_DATA_DIR", folder.path()).env("COLUMNS", "80").env("TERM", "xterm");
    let mut screen = spawn_command(command, Some(20_000)).unwrap();
    screen.exp_string("Any key begins").unwrap();
    press(&mut screen, " ", "0:00:01 left");
    // No key is needed.
    screen.exp_string("by the clock: the time was over").unwrap();
    screen.exp_eof().unwrap();
    let (list, _, _) = exam(folder.path(), &["exam", "list", "--format", "json"], "");
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!((&list["sittings"][0]["ended"], &list["sittings"][0]["open"]), (&"time-over".into(), &14.into()));
}
