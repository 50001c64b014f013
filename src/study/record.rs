//! One answer, and the lines of an export.

use super::day::Day;
use super::grade::Grade;
use super::plan::Plan;
use super::store::SavedSitting;
use crate::cloud::{Instant, format_instant, parse_instant};
use serde_json::{Value, json};

/// The version of the lines that this program writes. A reader skips lines of a later version.
const VERSION: u64 = 2;

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When.
    pub at: Instant,
    /// The item: `question:ID`, `decision:SCENARIO/DECISION`, `scenario:ID` or `generated:FAMILY`.
    pub item: String,
    /// The options that were chosen, by their names in the file; of a scenario `DECISION=OPTION`.
    pub answer: Vec<String>,
    /// From 1 (a guess) to 3 (sure), if it was asked.
    pub confidence: Option<u8>,
    /// How many hints were taken.
    pub hints: u32,
    /// The seed of the order in which the options were shown, or of a generated item.
    pub seed: u64,
    /// What came of it.
    pub grade: Grade,
    /// Milliseconds from the question to the answer, if somebody was there to take them.
    pub millis: Option<u32>,
    /// Where it was given.
    pub place: Place,
}

/// Where an answer was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a drill.
    #[default]
    Drill,
    /// In an exam.
    Exam,
}

impl Place {
    /// `drill` or `exam`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Place::Drill => "drill",
            Place::Exam => "exam",
        }
    }

    /// The place of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Place::Drill, Place::Exam].into_iter().find(|place| place.name() == name)
    }
}

impl Record {
    /// The record as one line of an export, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        json!({
            "v": VERSION,
            "at": format_instant(self.at),
            "item": self.item,
            "answer": self.answer,
            "confidence": self.confidence,
            "hints": self.hints,
            "seed": self.seed,
            "grade": self.grade,
            "millis": self.millis,
            "place": self.place.name(),
        })
        .to_string()
    }

    /// Fields that a later writer of the same version may add are ignored; those that an earlier one did not know are empty.
    fn from_json(value: &Value) -> Option<Self> {
        let small = |key: &str| value.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        Some(Record {
            at: parse_instant(value.get("at")?.as_str()?)?,
            item: value.get("item")?.as_str()?.to_owned(),
            answer: value.get("answer")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            confidence: small("confidence").and_then(|level| u8::try_from(level).ok()).filter(|level| (1..=3).contains(level)),
            hints: small("hints").unwrap_or(0),
            seed: value.get("seed").and_then(Value::as_u64).unwrap_or(0),
            grade: Grade::parse(value.get("grade")?.as_str()?)?,
            millis: small("millis"),
            place: value.get("place").and_then(Value::as_str).and_then(Place::parse).unwrap_or_default(),
        })
    }
}

/// A line that was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is no record.
    Unreadable {
        /// Its number, from 1.
        line: usize,
    },
    /// A later program wrote it.
    Newer {
        /// Its number, from 1.
        line: usize,
        /// Its version.
        version: u64,
    },
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Damage::Unreadable { line } => write!(f, "line {line} cannot be read and is skipped"),
            Damage::Newer { line, version } => write!(f, "line {line} has version {version}, written by a newer kmsprep, and is skipped"),
        }
    }
}

/// A line of an export.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// An answer.
    Answer(Record),
    /// An exam.
    Sitting(SavedSitting),
    /// What the learner has set out to do.
    Plan(Plan),
}

impl Entry {
    /// The entry as one line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        match self {
            Entry::Answer(record) => record.to_line(),
            Entry::Sitting(sitting) => {
                json!({"v": VERSION, "exam": sitting.id, "finished": sitting.finished, "sitting": sitting.json}).to_string()
            }
            Entry::Plan(plan) => {
                let exam = plan.exam.map(|day| day.to_string());
                json!({"v": VERSION, "plan": {"retention": plan.retention.to_string(), "exam": exam, "minutes": plan.minutes, "goal": plan.goal}})
                    .to_string()
            }
        }
    }

    fn from_json(value: &Value) -> Option<Self> {
        if let Some(plan) = value.get("plan") {
            let small = |key: &str| plan.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
            let usual = Plan::default();
            return Some(Entry::Plan(Plan {
                retention: plan
                    .get("retention")
                    .and_then(Value::as_str)
                    .and_then(|text| text.parse().ok())
                    .filter(|share| Plan::RETENTION.contains(share))
                    .unwrap_or(usual.retention),
                exam: plan.get("exam").and_then(Value::as_str).and_then(Day::parse),
                minutes: small("minutes").unwrap_or(usual.minutes),
                goal: small("goal").unwrap_or(usual.goal),
            }));
        }
        if let Some(id) = value.get("exam").and_then(Value::as_str) {
            return Some(Entry::Sitting(SavedSitting {
                id: id.to_owned(),
                json: value.get("sitting")?.as_str()?.to_owned(),
                finished: value.get("finished")?.as_bool()?,
            }));
        }
        Record::from_json(value).map(Entry::Answer)
    }
}

/// What stands in the lines of an export, and what was skipped.
#[must_use]
pub fn read_lines(bytes: &[u8]) -> (Vec<Entry>, Vec<Damage>) {
    let mut entries = Vec::new();
    let mut damaged = Vec::new();
    for (index, bytes) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let line = index + 1;
        let value: Option<Value> = serde_json::from_slice(bytes).ok();
        let version = value.as_ref().and_then(|value| value.get("v")).and_then(Value::as_u64);
        match (version, value.as_ref().and_then(Entry::from_json)) {
            (Some(version), _) if version > VERSION => damaged.push(Damage::Newer { line, version }),
            (Some(_), Some(entry)) => entries.push(entry),
            (Some(_) | None, _) => damaged.push(Damage::Unreadable { line }),
        }
    }
    (entries, damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            at: parse_instant("2026-03-01T12:00:00Z").unwrap(),
            item: "question:a".to_owned(),
            answer: vec!["b".to_owned()],
            confidence: Some(3),
            hints: 1,
            seed: u64::MAX,
            grade: Grade::Wrong,
            millis: Some(4_200),
            place: Place::Exam,
        }
    }

    #[test]
    fn lines_lead_back_to_what_they_were_made_from() {
        let entries = [
            Entry::Answer(record()),
            Entry::Sitting(SavedSitting { id: "7f".to_owned(), json: "{\"a\":1}".to_owned(), finished: true }),
            Entry::Plan(Plan { exam: Day::parse("2027-02-14"), minutes: 15, ..Plan::default() }),
        ];
        let lines = entries.each_ref().map(Entry::to_line).join("\n");
        assert_eq!(read_lines(lines.as_bytes()), (entries.to_vec(), Vec::new()));
    }

    #[test]
    fn lines_of_the_first_version_are_read() {
        let line =
            r#"{"v":1,"at":"2026-03-01T12:00:00Z","item":"question:a","answer":["b"],"confidence":3,"hints":1,"seed":7,"grade":"wrong"}"#;
        let (entries, damaged) = read_lines(line.as_bytes());
        assert!(damaged.is_empty());
        assert_eq!(entries, [Entry::Answer(Record { seed: 7, millis: None, place: Place::Drill, ..record() })]);
    }

    #[test]
    fn bytes_that_are_no_text_and_newer_lines_are_skipped() {
        let (entries, damaged) = read_lines(b"\xff\xfe\n{\"v\":3,\"shape\":\"unknown\"}\n[]\n\n");
        assert!(entries.is_empty());
        assert_eq!(damaged, [Damage::Unreadable { line: 1 }, Damage::Newer { line: 2, version: 3 }, Damage::Unreadable { line: 3 }]);
    }
}
