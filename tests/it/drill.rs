//! The drill in a pipe and on a terminal.

use assert_cmd::Command;
use kmsprep::study::{Grade, Record, Store};
use rexpect::process::Signal;
use rexpect::session::{PtySession, spawn_command};
use std::io::{BufRead as _, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};
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
        let (text, _) = drill(folder.path(), "2026-03-01T09:00:00Z", &["--format", "json", "--ephemeral"], &"s\n".repeat(3));
        let question = events(&text).into_iter().filter(|event| event["type"] == "question").nth(letters.len()).unwrap();
        let options = question["options"].as_array().unwrap().len();
        let found = (0..options).map(|index| char::from(b'A' + u8::try_from(index).unwrap()).to_string()).find(|letter| {
            let input = format!("{}{letter}\n", "s\n".repeat(letters.len()));
            let (text, _) = drill(folder.path(), "2026-03-01T09:00:00Z", &["--format", "json", "--ephemeral"], &input);
            events(&text).iter().any(|event| event["type"] == "answer" && event["grade"] == "right")
        });
        letters.push(found.unwrap());
    }
    letters
}

#[test]
fn right_answers_end_with_zero_and_come_again_after_two_days() {
    let folder = TempDir::new().unwrap();
    let input = right_letters().join("\n");
    let (text, code) = drill(folder.path(), "2026-03-01T09:00:00Z", &[], &input);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("first try         3 of 3 right") && text.contains("Tomorrow: 0 due."), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    let (text, _) = drill(folder.path(), "2026-03-03T09:00:00Z", &[], "");
    assert!(text.contains("3 items in this session, about 3 minutes; 3 due"), "{text}");
    let (text, _) = drill(folder.path(), "2026-03-03T03:00:00Z", &["--format", "json"], "");
    assert_eq!(events(&text)[0]["due"], 0, "{text}");
}

#[test]
fn a_wrong_answer_ends_with_one_says_why_and_comes_again() {
    let folder = TempDir::new().unwrap();
    let right = right_letters();
    let wrong = if right[0] == "A" { "B" } else { "A" };
    let (text, code) = drill(folder.path(), "2026-03-01T09:00:00Z", &[], &format!("{wrong} 3\n{}\n{}\n{}\n", right[1], right[2], right[0]));
    assert_eq!(code, 1);
    for part in ["NOT CORRECT   you chose", "(sure)   correct:", "In short", "you were sure", "[4/4]", "repaired          1 of 1"] {
        assert!(text.contains(part), "{part} is missing\n{text}");
    }
    let kept = records(folder.path());
    assert_eq!((kept.len(), kept[0].confidence, kept[0].grade), (4, Some(3), Grade::Wrong));
}

#[test]
fn a_line_that_is_no_answer_skips_the_item_and_is_no_error() {
    let folder = TempDir::new().unwrap();
    let (text, code) = drill(folder.path(), "2026-03-01T09:00:00Z", &[], "what?\n\u{1b}[31m\nq\n");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("`what?` is not") && text.contains("skipped           2"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(records(folder.path()), []);
}

#[test]
fn the_same_input_gives_the_same_bytes_and_ephemeral_keeps_nothing() {
    let folder = TempDir::new().unwrap();
    let run = || drill(folder.path(), "2026-03-01T09:00:00Z", &["--ephemeral"], "a\nb\nc\na\nb\nc\n");
    assert_eq!(run(), run());
    assert!(!Store::path_in(folder.path()).exists());
}

#[test]
fn a_damaged_file_is_set_aside_with_its_name_told_and_the_drill_goes_on() {
    let folder = TempDir::new().unwrap();
    let path = Store::path_in(folder.path());
    let garbage = "no database ".repeat(1_000);
    std::fs::write(&path, &garbage).unwrap();
    let output = Command::cargo_bin("kmsprep")
        .unwrap()
        .env("KMSPREP_DATA_DIR", folder.path())
        .args(SESSION)
        .arg("2026-03-01T09:00:00Z")
        .write_stdin("a\n")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let aside = folder.path().join("progress.damaged-1.db");
    assert!(stderr.contains("was damaged") && stderr.contains(aside.to_str().unwrap()), "{stderr}");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), garbage);
    assert_eq!(records(folder.path()).len(), 1);
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

/// Eight new items are a day's: what was met is practised ahead, and a topic that is named brings new ones all the same.
#[test]
fn a_day_has_its_new_items_and_a_named_topic_more() {
    let folder = TempDir::new().unwrap();
    let line = |number: usize| {
        format!(
            r#"{{"v":2,"at":"2026-03-01T08:00:00Z","item":"question:{}","answer":["a"],"confidence":3,"hints":0,"seed":1,"grade":"right","millis":null,"place":"drill"}}"#,
            MET[number]
        )
    };
    let lines: Vec<String> = (0..8).map(line).collect();
    Store::open(folder.path()).unwrap().import(lines.join("\n").as_bytes()).unwrap();
    let session = |args: &[&str]| {
        let output = Command::cargo_bin("kmsprep")
            .unwrap()
            .env("KMSPREP_DATA_DIR", folder.path())
            .args(["drill", "--now", "2026-03-01T09:00:00Z"])
            .args(args)
            .write_stdin("")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().lines().nth(1).unwrap().to_owned()
    };
    assert!(session(&[]).starts_with("Nothing is due. 8 items ahead of time"), "{}", session(&[]));
    assert!(session(&["grants"]).contains("0 due"), "{}", session(&["grants"]));
    assert!(!session(&["grants"]).starts_with("Nothing"), "{}", session(&["grants"]));
}

/// Questions of the bank that are about something else than grants.
const MET: [&str; 8] = [
    "disabled-key-error",
    "cancelled-deletion-is-disabled",
    "what-a-disabled-key-allows",
    "find-users-before-deleting",
    "replica-a-second-after-replication",
    "share-a-snapshot",
    "partner-reads-the-bucket",
    "snapshot-to-another-account",
];

/// The answers that are kept in a folder, read as the program reads them.
fn records(folder: &Path) -> Vec<Record> {
    let store = Store::open(folder).unwrap();
    assert_eq!(store.notices(), []);
    store.records().unwrap()
}

/// A pack with a question of each kind, one topic each, whose right answers are known: b, a and c, b before a, 42.
fn pack() -> TempDir {
    let pack = TempDir::new().unwrap();
    let head = |kind: &str, more: &str| {
        format!("  - question: a-{kind}\n    kind: {kind}\n{more}    topics: [try-{kind}]\n    domain: secure\n    guide: \"Key States\"\n")
    };
    let tail = "    why: \"That is so.\"\n    proof: cited\n    source: \"A page\"\n";
    let options = |texts: &[(&str, &str)]| -> String {
        texts.iter().map(|(name, text)| format!("      {name}: {{ text: \"{text}\", why: \"Because of {text}.\" }}\n")).collect()
    };
    let letters = [("a", "alpha"), ("b", "beta"), ("c", "gamma"), ("d", "delta")];
    let text = [
        "version: 1\nquestions:\n".to_owned(),
        format!("{}    stem: Which one?\n    options:\n{}    key: [b]\n{tail}", head("choice", ""), options(&letters)),
        format!("{}    stem: Which two?\n    options:\n{}    key: [a, c]\n{tail}", head("response", "    choose: 2\n"), options(&letters)),
        format!("{}    stem: In which order?\n    options:\n{}    key: [c, a, b]\n{tail}", head("order", ""), options(&letters[..3])),
        format!(
            "{}    stem: How many?\n    options:\n{}    key: [b]\n{tail}",
            head("numeric", "    unit: requests\n"),
            options(&[("a", "7 requests"), ("b", "1,042.50 requests"), ("c", "9 requests")])
        ),
    ];
    std::fs::write(pack.path().join("pack.yaml"), text.concat()).unwrap();
    pack
}

/// A drill of some topic of the pack on a pseudo-terminal.
fn terminal(folder: &Path, pack: &Path, topics: &[&str]) -> PtySession {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"));
    command.arg("drill").args(topics).args(["--seed", "4", "--count", "9", "--now", "2026-03-01T09:00:00Z", "--pack"]).arg(pack);
    command.env("KMSPREP_DATA_DIR", folder).env("NO_COLOR", "1").env("COLUMNS", "80").env_remove("KMSPREP_PLAIN");
    spawn_command(command, Some(20_000)).unwrap()
}

fn press(screen: &mut PtySession, keys: &str) {
    screen.send(keys).unwrap();
    screen.flush().unwrap();
}

/// The letter under which an option is shown, once the question is on the screen.
fn letter_of(screen: &mut PtySession, word: &str) -> String {
    let before = screen.exp_string(word).unwrap();
    let letter = before.trim_end().chars().last().unwrap();
    assert!(letter.is_ascii_uppercase(), "{before}");
    letter.to_ascii_lowercase().to_string()
}

#[test]
fn on_a_terminal_one_key_answers_and_a_wrong_one_loses_nothing() {
    let (folder, pack) = (TempDir::new().unwrap(), pack());
    let mut screen = terminal(folder.path(), pack.path(), &["try-choice"]);
    let right = letter_of(&mut screen, "  beta");
    screen.exp_string("Answer (A-D)").unwrap();
    press(&mut screen, "z");
    screen.exp_string("? lists the keys").unwrap();
    press(&mut screen, "?");
    screen.exp_string("Ctrl-C saves and quits").unwrap();
    press(&mut screen, "h");
    screen.exp_string("Hint 1 of").unwrap();
    press(&mut screen, &right);
    screen.exp_string("How sure?").unwrap();
    // Taken back, and given again.
    press(&mut screen, "\u{7f}");
    screen.exp_string("Answer (A-D)").unwrap();
    press(&mut screen, &right);
    screen.exp_string("How sure?").unwrap();
    press(&mut screen, "x1");
    screen.exp_string("CORRECT (guess)").unwrap();
    screen.exp_string("a guess is not yet knowledge").unwrap();
    // The answer is on the disk before the next prompt.
    let kept = records(folder.path());
    assert_eq!((kept.len(), kept[0].grade, kept[0].hints, kept[0].confidence), (1, Grade::Lucky, 1, Some(1)));
    assert!(kept[0].millis.is_some());
    screen.exp_string("o every option").unwrap();
    press(&mut screen, "o");
    screen.exp_string("Because of delta.").unwrap();
    press(&mut screen, "\r");
    // It comes again, and a sure answer ends the session.
    screen.exp_string("[2/2]").unwrap();
    screen.exp_string("Answer (A-D)").unwrap();
    press(&mut screen, &right);
    screen.exp_string("How sure?").unwrap();
    press(&mut screen, "3");
    screen.exp_string("CORRECT (sure)").unwrap();
    press(&mut screen, " ");
    screen.exp_string("Session done: 1 item answered").unwrap();
    screen.exp_eof().unwrap();
    assert_eq!(records(folder.path()).len(), 2);
}

#[test]
fn on_a_terminal_several_letters_orders_and_numbers_are_entered_and_taken_back() {
    let (folder, pack) = (TempDir::new().unwrap(), pack());
    let mut screen = terminal(folder.path(), pack.path(), &["try-response"]);
    let (first, second) = two_letters(&mut screen, ["  alpha", "  gamma"]);
    press(&mut screen, &format!("{first}\r"));
    screen.exp_string("choose 2: 1 so far").unwrap();
    press(&mut screen, &second);
    screen.exp_string("Enter answers").unwrap();
    press(&mut screen, "\r");
    screen.exp_string("How sure?").unwrap();
    press(&mut screen, "\r");
    screen.exp_string("CORRECT   ").unwrap();
    press(&mut screen, "q");
    screen.exp_eof().unwrap();

    let mut screen = terminal(folder.path(), pack.path(), &["try-numeric"]);
    screen.exp_string("Type the number of requests.").unwrap();
    screen.exp_string("Answer (a number)").unwrap();
    press(&mut screen, "\r");
    screen.exp_string("type a number first").unwrap();
    press(&mut screen, "10423\u{7f}.5\r");
    screen.exp_string("How sure?").unwrap();
    press(&mut screen, "2");
    screen.exp_string("CORRECT (fairly sure)   1,042.50 requests").unwrap();
    press(&mut screen, "q");
    screen.exp_eof().unwrap();

    let mut screen = terminal(folder.path(), pack.path(), &["try-order"]);
    screen.exp_string("Put the steps in order.").unwrap();
    screen.exp_string("Answer (3 of A-C, in order)").unwrap();
    press(&mut screen, "cab\r");
    screen.exp_string("How sure?").unwrap();
    press(&mut screen, "3");
    screen.exp_string("CORRECT").unwrap();
    press(&mut screen, "q");
    screen.exp_eof().unwrap();
    let grades: Vec<Grade> = records(folder.path()).into_iter().map(|record| record.grade).collect();
    assert_eq!(grades[..2], [Grade::Right, Grade::Right]);
}

/// The letters of two options, whichever stands first.
fn two_letters(screen: &mut PtySession, words: [&str; 2]) -> (String, String) {
    let text = screen.exp_string("Answer (").unwrap();
    let letter = |word: &str| text.split(word).next().unwrap().chars().last().unwrap().to_ascii_lowercase().to_string();
    screen.exp_string("2 of A-D").unwrap();
    (letter(words[0]), letter(words[1]))
}

#[test]
fn ctrl_c_asks_nothing_and_keeps_everything_and_another_size_shows_the_question_again() {
    let (folder, pack) = (TempDir::new().unwrap(), pack());
    let mut screen = terminal(folder.path(), pack.path(), &["try-choice", "try-response"]);
    screen.exp_string("Answer (").unwrap();
    screen.process_mut().signal(Signal::SIGWINCH).unwrap();
    screen.exp_string("Which ").unwrap();
    screen.exp_string("Answer (").unwrap();
    press(&mut screen, "a");
    press(&mut screen, "b\r");
    screen.exp_string("How sure?").unwrap();
    // An answer that was given counts, also if its confidence is never said.
    press(&mut screen, "\u{3}");
    screen.exp_string("Session done: 1 item answered").unwrap();
    screen.exp_eof().unwrap();
    assert_eq!(records(folder.path()).len(), 1);
}

#[test]
fn plain_text_takes_lines_and_draws_nothing() {
    let (folder, pack) = (TempDir::new().unwrap(), pack());
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"));
    command
        .args(["drill", "try-choice", "--plain", "--seed", "4", "--count", "1", "--now", "2026-03-01T09:00:00Z", "--pack"])
        .arg(pack.path());
    command.env("KMSPREP_DATA_DIR", folder.path()).env("COLUMNS", "80");
    let mut screen = spawn_command(command, Some(20_000)).unwrap();
    let first = screen.exp_string("Answer (A-D)").unwrap();
    let right = first.split("  beta").next().unwrap().chars().last().unwrap().to_string();
    screen.send_line("e").unwrap();
    let second = screen.exp_string("Answer with one letter").unwrap();
    screen.send_line(&right).unwrap();
    screen.exp_string("How sure?").unwrap();
    screen.send_line("2").unwrap();
    let third = screen.exp_string("Session done").unwrap();
    for text in [first, second, third] {
        assert!(!text.contains('\u{1b}') && !text.contains("----"), "{text}");
    }
}

/// Starts a drill in a pipe, with JSON out.
fn piped(folder: &Path, pack: &Path, seed: u32) -> Child {
    std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"))
        .args(["drill", "--only", "questions", "--count", "40", "--format", "json", "--now", "2026-03-01T09:00:00Z"])
        .args(["--seed", &seed.to_string(), "--pack"])
        .arg(pack)
        .env("KMSPREP_DATA_DIR", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn two_drills_at_once_lose_no_answer() {
    let (folder, pack) = (TempDir::new().unwrap(), pack());
    let children: Vec<Child> = (0..2)
        .map(|seed| {
            let mut child = piped(folder.path(), pack.path(), seed);
            child.stdin.take().unwrap().write_all("a\nab\n".repeat(40).as_bytes()).unwrap();
            child
        })
        .collect();
    let answered: usize = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap().lines().filter(|line| line.starts_with(r#"{"type":"answer""#)).count()
        })
        .sum();
    assert!(answered > 40, "{answered}");
    assert_eq!(records(folder.path()).len(), answered);
}

/// Kills a drill at random moments. `KMSPREP_KILLS` says how often; a thousand take some minutes.
#[test]
fn a_kill_loses_no_answer_that_was_acknowledged() {
    let kills: u32 = std::env::var("KMSPREP_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let (folder, pack) = (TempDir::new().unwrap(), pack());
    let mut acknowledged = 0;
    let mut state = 0x9e37_79b9_u32;
    for kill in 0..kills {
        let mut child = piped(folder.path(), pack.path(), kill);
        let mut input = child.stdin.take().unwrap();
        let output = child.stdout.take().unwrap();
        let writer = std::thread::spawn(move || {
            // The other end dies in the middle.
            let _ = input.write_all("a\nab\n".repeat(60).as_bytes());
        });
        // A moment between the first event and some time after the last answer.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let lines = (state >> 24) % 60;
        let mut reader = std::io::BufReader::new(output);
        let mut text = String::new();
        for _ in 0..lines {
            if reader.read_line(&mut text).unwrap() == 0 {
                break;
            }
        }
        std::thread::sleep(std::time::Duration::from_micros(u64::from(state >> 8) % 3_000));
        let _ = child.kill();
        child.wait().unwrap();
        writer.join().unwrap();
        // What was printed before the kill was acknowledged, also if nobody had read it yet.
        reader.read_to_string(&mut text).unwrap();
        acknowledged += text.lines().filter(|line| line.starts_with(r#"{"type":"answer""#) && line.ends_with('}')).count();
        if kill % 20 == 19 || kill + 1 == kills {
            let kept = records(folder.path()).len();
            // One answer of each drill may be on the disk without having been acknowledged.
            assert!(
                kept >= acknowledged && kept <= acknowledged + usize::try_from(kill).unwrap() + 1,
                "{kept} kept, {acknowledged} acknowledged"
            );
        }
    }
    assert!(acknowledged > usize::try_from(kills).unwrap() / 2, "{acknowledged}");
}
