use super::*;
use crate::cloud::{Duration as Span, parse_instant};
use crate::study::{Day, Grade, Memories, Place, Record};
use std::fs;

fn record(item: &str, hours: i64, right: bool) -> Record {
    Record {
        at: parse_instant("2026-03-01T12:00:00Z").unwrap() + Span::hours(hours),
        item: item.to_owned(),
        answer: vec!["b".to_owned()],
        confidence: Some(3),
        hints: 0,
        seed: u64::MAX - 7,
        grade: Grade::of(right, Some(3)),
        millis: Some(31_000),
        place: Place::Drill,
    }
}

fn contents(memories: &Memories) -> Vec<(String, super::super::Memory)> {
    memories.iter().map(|(item, memory)| (item.to_owned(), *memory)).collect()
}

#[test]
fn what_is_recorded_is_read_again_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let records = [record("question:a", 0, true), record("question:b", 1, false), record("question:a", 60, true)];
    let mut store = Store::open(folder.path()).unwrap();
    assert_eq!((store.notices(), store.records().unwrap()), ([].as_slice(), Vec::new()));
    let memories: Vec<_> = records.iter().map(|record| store.record(record).unwrap().unwrap()).collect();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.records().unwrap(), records);
    let kept = store.memories().unwrap();
    assert_eq!((kept.get("question:a"), kept.get("question:b")), (Some(&memories[2]), Some(&memories[1])));
    assert_eq!(store.days().unwrap(), [(Day::parse("2026-03-01").unwrap(), 2), (Day::parse("2026-03-03").unwrap(), 1)]);
}

#[test]
fn the_answers_alone_bring_back_what_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.set_plan(Plan { minutes: 15, exam: Day::parse("2026-04-01"), ..Plan::default() }).unwrap();
    for (number, right) in [true, true, false, true, true, false, true].into_iter().enumerate() {
        let hours = i64::try_from(number).unwrap() * 40;
        store.record(&record("question:a", hours, right)).unwrap();
        store.record(&record("scenario:b", hours + 1, !right)).unwrap();
    }
    store.save_sitting("7f", "{}", true).unwrap();
    let lines = store.export().unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let mut copy = Store::open(elsewhere.path()).unwrap();
    let imported = copy.import(lines.as_bytes()).unwrap();
    assert_eq!(imported, Imported { added: 14, known: 0, exams: 1, damaged: Vec::new() });
    assert_eq!(contents(&copy.memories().unwrap()), contents(&store.memories().unwrap()));
    assert_eq!((copy.plan(), copy.tempo().unwrap()), (store.plan(), store.tempo().unwrap()));
    assert_eq!(copy.export().unwrap(), lines);
    // Once more changes nothing.
    assert_eq!(copy.import(lines.as_bytes()).unwrap(), Imported { added: 0, known: 14, exams: 0, damaged: Vec::new() });
    assert_eq!(copy.export().unwrap(), lines);
}

#[test]
fn a_plan_gives_known_items_their_days_anew_and_leads_back() {
    let mut store = Store::ephemeral().unwrap();
    for hours in [0, 48, 48 + 11 * 24] {
        store.record(&record("question:a", hours, true)).unwrap();
    }
    let due = |store: &Store| store.memories().unwrap().get("question:a").unwrap().due;
    let usual = due(&store);
    store.set_plan(Plan { retention: 0.97, ..Plan::default() }).unwrap();
    assert!(due(&store) < usual);
    store.set_plan(Plan { exam: Day::parse("2026-04-20"), ..Plan::default() }).unwrap();
    assert!(due(&store) < Day::parse("2026-04-20").unwrap());
    store.set_plan(Plan::default()).unwrap();
    assert_eq!(due(&store), usual);
}

#[test]
fn two_stores_on_one_file_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let folder = folder.path();
            scope.spawn(move || {
                let mut store = Store::open(folder).unwrap();
                for number in 0..25 {
                    // All learn one item, and each one of its own.
                    store.record(&record("question:shared", number, true)).unwrap();
                    store.record(&record(&format!("question:{writer}"), number, true)).unwrap();
                }
            });
        }
    });
    let store = Store::open(folder.path()).unwrap();
    let memories = store.memories().unwrap();
    assert_eq!(store.records().unwrap().len(), 200);
    assert_eq!(memories.get("question:shared").unwrap().seen, 100);
    assert_eq!(memories.get("question:3").unwrap().seen, 25);
}

#[test]
fn a_file_of_the_first_version_gets_todays_tables_and_keeps_its_answers() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(Store::path_in(folder.path())).unwrap();
    schema::make_first_version(&connection);
    connection
        .execute_batch(
            "INSERT INTO answers (at, day, item, answer, grade, hints, seed, place) VALUES (1772366400, 20513, 'question:a', '[\"b\"]', 'right', 0, 7, 'drill');
             INSERT INTO memory VALUES ('question:a', 2.3, 2.1, 20513, 20513, 20515, 1, 0, 1, NULL);",
        )
        .unwrap();
    drop(connection);
    let mut store = Store::open(folder.path()).unwrap();
    assert_eq!(store.records().unwrap().len(), 1);
    assert_eq!(store.days().unwrap(), [(Day::parse("2026-03-01").unwrap(), 1)]);
    assert_eq!(store.memories().unwrap().get("question:a").unwrap().due, Day::parse("2026-03-03").unwrap());
    store.save_sitting("7f", "{}", false).unwrap();
    store.record(&record("question:a", 50, true)).unwrap();
}

#[test]
fn a_file_of_a_later_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let path = Store::path_in(folder.path());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { version: 99, .. }) && error.help().is_some());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_set_aside_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = Store::path_in(folder.path());
    for number in 1..=2 {
        let garbage = format!("not a database, number {number}").repeat(100);
        fs::write(&path, &garbage).unwrap();
        let store = Store::open(folder.path()).unwrap();
        let to = folder.path().join(format!("progress.damaged-{number}.db"));
        assert_eq!(store.notices(), [Notice::SetAside { to: to.clone(), rescued: 0 }]);
        assert_eq!(fs::read_to_string(to).unwrap(), garbage);
        assert!(store.records().unwrap().is_empty());
    }
}

#[test]
fn what_can_be_read_of_a_damaged_file_goes_on_counting() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for number in 0..400 {
        store.record(&record(&format!("question:{number}"), number, true)).unwrap();
    }
    drop(store);
    let path = Store::path_in(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    // The root page of what is remembered, of all tables, becomes noise.
    let connection = Connection::open(&path).unwrap();
    let page: u32 = connection.query_row("SELECT rootpage FROM sqlite_master WHERE name = 'memory'", [], |row| row.get(0)).unwrap();
    let size: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    drop(connection);
    let [page, size] = [page, size].map(|number| usize::try_from(number).unwrap());
    bytes[(page - 1) * size..page * size].fill(0xa5);
    fs::write(&path, &bytes).unwrap();

    let store = Store::open(folder.path()).unwrap();
    let to = folder.path().join("progress.damaged-1.db");
    assert_eq!(store.notices(), [Notice::SetAside { to: to.clone(), rescued: 400 }]);
    assert_eq!(fs::read(to).unwrap(), bytes);
    assert_eq!((store.records().unwrap().len(), store.memories().unwrap().iter().count()), (400, 400));
}

#[test]
fn the_log_of_an_earlier_version_is_taken_over_once_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("progress.jsonl");
    let line =
        r#"{"v":1,"at":"2026-03-01T12:00:00Z","item":"question:a","answer":["b"],"confidence":3,"hints":1,"seed":7,"grade":"right"}"#;
    let text = format!("{line}\n{}", line.get(..40).unwrap());
    fs::write(&log, &text).unwrap();
    assert_eq!(Store::open(folder.path()).unwrap().notices(), [Notice::TakenOver { answers: 1, skipped: 1 }]);
    let again = Store::open(folder.path()).unwrap();
    assert_eq!((again.notices(), again.records().unwrap().len()), ([].as_slice(), 1));
    assert_eq!(fs::read_to_string(log).unwrap(), text);
}

#[test]
fn a_reset_forgets_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.record(&record("question:a", 0, true)).unwrap();
    store.set_plan(Plan { goal: 7, ..Plan::default() }).unwrap();
    store.reset().unwrap();
    assert_eq!((store.plan(), store.records().unwrap(), store.memories().unwrap().iter().count()), (Plan::default(), Vec::new(), 0));
    drop(store);
    assert_eq!(Store::open(folder.path()).unwrap().plan(), Plan::default());
}

#[test]
fn sittings_are_kept_in_their_order_and_replaced_as_they_go_on() {
    let mut store = Store::ephemeral().unwrap();
    store.save_sitting("b", "1", false).unwrap();
    store.save_sitting("a", "2", false).unwrap();
    store.save_sitting("b", "3", true).unwrap();
    let sittings: Vec<_> = store.sittings().unwrap().into_iter().map(|sitting| (sitting.id, sitting.json, sitting.finished)).collect();
    assert_eq!(sittings, [("b".to_owned(), "3".to_owned(), true), ("a".to_owned(), "2".to_owned(), false)]);
    assert_eq!(store.sitting("c").unwrap(), None);
}

#[test]
fn handing_in_keeps_the_exam_and_its_answers_together() {
    let mut store = Store::ephemeral().unwrap();
    store.save_sitting("7f", "begun", false).unwrap();
    store.hand_in("7f", "ended", &[record("question:a", 0, true), record("question:b", 0, false)]).unwrap();
    let sitting = store.sitting("7f").unwrap().unwrap();
    assert_eq!((sitting.json.as_str(), sitting.finished, store.records().unwrap().len()), ("ended", true, 2));
    assert!(store.memories().unwrap().get("question:a").unwrap().known);
}
