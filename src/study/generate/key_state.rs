//! In which state is the key on day 37? Calls on a few days, then a look.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, placed};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting};
use super::stage::{Stage, Step};
use crate::cloud::{days_after, format_instant, parse_instant};
use crate::kms::KeyState;
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::{Value, json};

pub(super) static FAMILY: Family = Family {
    id: "key-state",
    title: "In which state is the key on that day?",
    topics: &["key-states", "deletion"],
    domain: Domain::Resilient,
    guide: "Key States",
    claims: &["state-enabled-and-pending-deletion", "deletion-cancel", "deletion-automatic-at-end", "state-pending-import"],
    facts: &["deletion-cancel-state", "deletion-window-min", "deletion-window-max"],
    draw,
};

/// The role that makes the calls.
const ADMIN: (&str, &str) = (OWNER, "Admin");

/// What a key can have come to; a deleted key has no state.
const ANSWERS: [Answer; 5] = [
    Answer::In(KeyState::Enabled),
    Answer::In(KeyState::Disabled),
    Answer::In(KeyState::PendingDeletion),
    Answer::Deleted,
    Answer::In(KeyState::PendingImport),
];

/// What the question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    In(KeyState),
    Deleted,
}

/// A call on a day.
#[derive(Clone, Debug)]
struct Move {
    day: u32,
    operation: &'static str,
    window: Option<u32>,
    /// How it ended, and what the key was then.
    code: String,
    state: &'static str,
}

/// The days of an item: of each call, of the look, and of the expiry of imported material.
struct Days {
    calls: Vec<u32>,
    asked: u32,
    expires: Option<u32>,
    /// The window of a deletion that is scheduled last.
    window: u32,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let answers = if difficulty == 1 { ANSWERS.get(..4)? } else { &ANSWERS };
    let wanted = want.of(answers)?;
    let days = Days::draw(dice, wanted, difficulty)?;
    let imported = match days.expires {
        Some(day) => Some(Some(date(day)?)),
        None => None,
    };
    let setting = Setting::new(vec![Role::allowed("Admin", &["kms:*"])], vec![Key { imported, ..Key::new("orders") }]);
    let mut stage = Stage::new(&setting, rulebook)?;
    let mut moves: Vec<Move> = Vec::new();
    for (number, day) in days.calls.iter().enumerate() {
        let before = moves.last().map_or(0, |made| made.day);
        stage.advance(&format!("{}d", day - before))?;
        let state = stage.key("orders")?.state();
        let is_last = number + 1 == days.calls.len();
        let operation = if is_last { last_call(wanted, state)? } else { next_call(dice, state, difficulty)? };
        let window = match (operation, is_last) {
            ("kms:ScheduleKeyDeletion", true) => Some(days.window),
            ("kms:ScheduleKeyDeletion", false) => Some(dice.between(7, 30)),
            _ => None,
        };
        let mut made = Move { day: *day, operation, window, code: String::new(), state: "" };
        made.code = stage.code(&made.step(number))?;
        made.state = stage.key("orders")?.state().name();
        moves.push(made);
    }
    // KMS may take a day longer to delete a key: no look on such a day, and none at the expiry of material.
    let near = |day: u32| (days.asked.saturating_sub(1)..=days.asked + 1).contains(&day);
    if moves.iter().filter_map(Move::end).chain(days.expires).any(near) || harmless(&moves, difficulty) {
        return None;
    }
    stage.advance(&format!("{}d", days.asked - moves.last()?.day))?;
    if stage.key("orders").map_or(Answer::Deleted, |key| Answer::In(key.state())) != wanted {
        return None;
    }
    let wrong = answers.iter().filter(|answer| **answer != wanted).map(|answer| answer.choice(&moves)).collect();
    let why = trace(&moves, &days, wanted);
    let key = Choice { why: "This is where the calls lead.".to_owned(), ..wanted.choice(&moves) };
    let (choices, right) = placed(want, dice, key, wrong)?;
    Some(Draft {
        stem: dice.pen.write(|| stem(&moves, &days)),
        choices,
        right,
        why,
        hints: [
            "Follow the state from call to call; a call that fails changes nothing.",
            "CancelKeyDeletion ends the wait, and what it leaves is no enabled key.",
        ],
        try_next: "kmsprep drill key-states",
        proof: dice.pen.write(|| proof(&setting, &moves, &days)),
        load: u32::try_from(moves.len()).unwrap_or(0) + u32::from(days.expires.is_some()),
    })
}

impl Days {
    fn draw(dice: &mut Dice, wanted: Answer, difficulty: u8) -> Option<Self> {
        let count = match difficulty {
            1 => 2,
            2 => dice.between(3, 4),
            _ => dice.between(5, 6),
        };
        let mut calls = Vec::new();
        let mut last = 0;
        for _ in 0..count {
            last += dice.between(1, 6);
            calls.push(last);
        }
        let window = dice.between(7, 30);
        let asked = match wanted {
            Answer::Deleted => last + window + dice.between(2, 12),
            Answer::In(KeyState::PendingDeletion) => last + dice.between(2, window - 2),
            Answer::In(_) => last + dice.between(4, 16),
        };
        let within = last + dice.between(1, asked - last - 1);
        let later = asked + dice.between(2, 40);
        // From the second dial on every key has material that expires, so that this gives nothing away.
        let expires = match wanted {
            _ if difficulty == 1 => None,
            Answer::In(KeyState::PendingImport) => Some(within),
            Answer::In(KeyState::PendingDeletion) | Answer::Deleted if dice.yes(1, 2) => Some(within),
            Answer::In(_) | Answer::Deleted => Some(later),
        };
        Some(Days { calls, asked, expires, window })
    }
}

impl Move {
    fn step(&self, number: usize) -> Step {
        let with = match self.window {
            Some(days) => json!({"KeyId": "orders", "PendingWindowInDays": days}),
            None => json!({"KeyId": "orders"}),
        };
        Step::new(format!("call-{}", number + 1), ADMIN, self.operation, with)
    }

    fn name(&self) -> &'static str {
        self.operation.trim_start_matches("kms:")
    }

    /// The day on which the wait that it begins would be over.
    fn end(&self) -> Option<u32> {
        self.window.filter(|_| self.code == "ok").map(|window| self.day + window)
    }
}

/// A call that makes sense in this state; at the hardest dial one that fails now and then.
fn next_call(dice: &mut Dice, state: KeyState, difficulty: u8) -> Option<&'static str> {
    let fails = difficulty == 3 && dice.yes(1, 3);
    let calls: &[&'static str] = match (state, fails) {
        (KeyState::Enabled, false) => &["kms:DisableKey", "kms:ScheduleKeyDeletion"],
        (KeyState::Disabled, false) => &["kms:EnableKey", "kms:ScheduleKeyDeletion"],
        (KeyState::PendingDeletion, false) => &["kms:CancelKeyDeletion"],
        (KeyState::PendingDeletion, true) => &["kms:EnableKey", "kms:DisableKey", "kms:ScheduleKeyDeletion"],
        (_, true) => &["kms:CancelKeyDeletion"],
        (_, false) => return None,
    };
    dice.pick(calls)
}

/// The last call, which leads to what is wanted; nothing where none does.
fn last_call(wanted: Answer, state: KeyState) -> Option<&'static str> {
    match (wanted, state) {
        (Answer::In(KeyState::Enabled), KeyState::Disabled) => Some("kms:EnableKey"),
        (Answer::In(KeyState::Disabled), KeyState::Enabled) => Some("kms:DisableKey"),
        (Answer::In(KeyState::Disabled | KeyState::PendingImport), KeyState::PendingDeletion) => Some("kms:CancelKeyDeletion"),
        (Answer::In(KeyState::PendingImport), KeyState::Enabled) => Some("kms:DisableKey"),
        (Answer::In(KeyState::PendingImport), KeyState::Disabled) => Some("kms:EnableKey"),
        (Answer::In(KeyState::PendingDeletion) | Answer::Deleted, KeyState::Enabled | KeyState::Disabled) => {
            Some("kms:ScheduleKeyDeletion")
        }
        _ => None,
    }
}

/// Whether the hardest dial drew calls that all succeed, or an easier one a call that fails.
fn harmless(moves: &[Move], difficulty: u8) -> bool {
    (difficulty == 3) != moves.iter().any(|made| made.code != "ok")
}

fn date(day: u32) -> Option<String> {
    Some(format_instant(days_after(parse_instant("2026-01-01")?, day)))
}

impl Answer {
    fn text(self) -> &'static str {
        match self {
            Answer::In(state) => state.name(),
            Answer::Deleted => "None: it is deleted",
        }
    }

    fn choice(self, moves: &[Move]) -> Choice {
        let called = |operation: &str| moves.iter().any(|made| made.operation == operation && made.code == "ok");
        let (why, mistake) = match self {
            Answer::In(KeyState::Enabled) if called("kms:CancelKeyDeletion") => {
                ("CancelKeyDeletion leaves a key Disabled until EnableKey succeeds.", "cancelled-deletion-is-enabled")
            }
            Answer::In(KeyState::Enabled) => ("No call that succeeded leaves the key enabled until that day.", "failed-calls-count"),
            Answer::In(KeyState::Disabled) => (
                "The key is disabled only by DisableKey or a cancelled deletion, until something else happens.",
                "disabled-outlives-everything",
            ),
            Answer::In(KeyState::PendingDeletion) => {
                ("A key waits only from ScheduleKeyDeletion to the end of its window, unless that is cancelled.", "window-miscounted")
            }
            Answer::Deleted => {
                ("A key is deleted only when a scheduled window ends and nobody has cancelled it.", "deletion-cannot-be-cancelled")
            }
            Answer::In(_) => (
                "A key waits for an import only after its imported material has expired, and not while it waits for deletion.",
                "expiry-ignored",
            ),
        };
        let fills = match self {
            Answer::In(state) => json!({"expect": "ok", "result": {"KeyMetadata.KeyState": state.name()}}),
            Answer::Deleted => json!({"expect": "NotFoundException"}),
        };
        Choice::new(self.text(), why, mistake, fills)
    }
}

fn stem(moves: &[Move], days: &Days) -> String {
    let material = match days.expires {
        Some(day) => format!(
            "On day 0 a team imports key material into a new KMS key. The material expires on day {day} and is never imported again."
        ),
        None => "On day 0 a team creates a KMS key with key material from KMS.".to_owned(),
    };
    let calls: Vec<String> = moves
        .iter()
        .map(|made| {
            let window = made.window.map(|days| format!(" with a window of {days} days")).unwrap_or_default();
            format!("- Day {}: {}{window}", made.day, made.name())
        })
        .collect();
    let fails = if moves.iter().any(|made| made.code != "ok") { " Some of them may fail." } else { "" };
    format!(
        "{material} An administrator with all permissions makes these calls, each as the day begins, and nothing else happens to the key.{fails}\n{}\nIn which state is the key at the end of day {}?",
        calls.join("\n"),
        days.asked
    )
}

/// What each call did, up to the day that is asked for.
fn trace(moves: &[Move], days: &Days, wanted: Answer) -> String {
    let mut events: Vec<(u32, String)> = moves
        .iter()
        .map(|made| match made.code.as_str() {
            "ok" => (made.day, format!("day {}: {} makes it {}", made.day, made.name(), made.state)),
            code => (made.day, format!("day {}: {} fails with {code}, still {}", made.day, made.name(), made.state)),
        })
        .collect();
    if let Some(day) = days.expires.filter(|day| *day < days.asked) {
        events.push((day, format!("day {day}: the material expires")));
    }
    if let (Answer::Deleted, Some(day)) = (wanted, moves.iter().rev().find_map(Move::end)) {
        events.push((day, format!("day {day}: the window is over and the key is deleted")));
    }
    events.sort_by_key(|(day, _)| *day);
    let events: Vec<String> = events.into_iter().map(|(_, text)| text).collect();
    let end = match wanted {
        Answer::In(state) => format!("On day {} it is {}.", days.asked, state.name()),
        Answer::Deleted => format!("On day {} DescribeKey answers NotFoundException.", days.asked),
    };
    let text = events.join("; ");
    format!("{}{}. {end}", text.get(..1).unwrap_or("").to_uppercase(), text.get(1..).unwrap_or(""))
}

fn proof(setting: &Setting, moves: &[Move], days: &Days) -> Proof {
    let mut checks: Vec<Value> = Vec::new();
    let mut before = 0;
    for (number, made) in moves.iter().enumerate() {
        checks.push(made.step(number).after(format!("{}d", made.day - before)).shown(&made.code));
        before = made.day;
    }
    let look = Step::new("look", ADMIN, "kms:DescribeKey", json!({"KeyId": "orders"})).after(format!("{}d", days.asked - before));
    let mut look = look.check(json!({"answer": "option", "part": "expect"}));
    if let Value::Object(map) = &mut look {
        map.insert("result".to_owned(), json!({"answer": "option", "part": "result"}));
    }
    checks.push(look);
    Proof { world: setting.json(), checks }
}
