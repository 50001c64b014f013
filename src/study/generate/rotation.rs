//! On which day is the key rotated next? Rotation switched on, changed and asked for.

use super::dice::{Dice, Want};
use super::draft::{Choice, Draft, Proof, ranked};
use super::family::Family;
use super::setting::{Key, OWNER, Role, Setting};
use super::stage::{Stage, Step};
use crate::cloud::{days_after, format_instant, parse_instant};
use crate::rulebook::Rulebook;
use crate::study::question::Domain;
use serde_json::json;

pub(super) static FAMILY: Family = Family {
    id: "next-rotation",
    title: "On which day is the key rotated next?",
    topics: &["rotation"],
    domain: Domain::Secure,
    guide: "Key Rotation",
    claims: &["customer-managed-rotation-period", "rotation-kinds", "rotation-on-demand-limit", "customer-managed-rotation-optional"],
    facts: &["rotation-period-default", "rotation-period-min", "rotation-on-demand"],
    draw,
};

/// The role that makes the calls.
const ADMIN: (&str, &str) = (OWNER, "Admin");

/// What is done with the key on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Enable(u32),
    Disable,
    OnDemand,
}

fn draw(want: &Want, dice: &mut Dice, difficulty: u8, rulebook: Rulebook) -> Option<Draft> {
    let acts = acts(dice, difficulty);
    let last = acts.last()?.0;
    let asked = last + dice.between(10, 60);
    // What the day should be, so that the model need not be asked about draws that make no item.
    let (from, period) = in_force(&acts)?;
    let right = (1..60).map(|times| from + times * period).find(|day| *day > asked)?;
    let rotations = rotations(&acts, asked);
    let start = parse_instant("2026-01-01")?;
    // Days of three figures are alike to look at.
    let fits = |day: u32| (asked + 2..1000).contains(&day) && day >= 100;
    if !fits(right) || rotations.iter().any(|day| (*day).abs_diff(asked) < 2) {
        return None;
    }
    let date = |day: u32| format_instant(days_after(start, day));
    let choice = |day: u32, why: &str, mistake| (day, Choice::new(format!("On day {day}"), why, mistake, json!(date(day))));
    let wrong = mistakes(&acts, &rotations, right, asked);
    let wrong = wrong.into_iter().filter(|(day, ..)| fits(*day)).map(|(day, why, mistake)| choice(day, why, mistake)).collect();
    let (choices, right_place) = ranked(want, dice, choice(right, "The period runs from here to that day.", ""), wrong)?;
    let setting = Setting::new(vec![Role::allowed("Admin", &["kms:*"])], vec![Key::new("orders")]);
    let steps = steps(&acts);
    if next_by_model(&setting, &steps, asked - last, rulebook)? != right {
        return None;
    }
    Some(Draft {
        stem: dice.pen.write(|| stem(&acts, asked)),
        choices,
        right: right_place,
        why: dice.pen.write(|| trace(&acts, &rotations, right)),
        hints: [
            "Find the day from which the present period counts.",
            "Automatic rotation repeats every period; a rotation on demand leaves its dates alone.",
        ],
        try_next: "kmsprep drill rotation",
        proof: dice.pen.write(|| {
            let look = Step::new("look", ADMIN, "kms:GetKeyRotationStatus", json!({"KeyId": "orders"})).after(format!("{}d", asked - last));
            let checks = steps.iter().map(|step| step.shown("ok")).chain([look.looking(json!({"NextRotationDate": {"answer": "option"}}))]);
            Proof { world: setting.json(), checks: checks.collect() }
        }),
        load: u32::try_from(acts.len()).unwrap_or(0),
    })
}

/// The day that the model gives after these calls and so many days.
fn next_by_model(setting: &Setting, steps: &[Step], later: u32, rulebook: Rulebook) -> Option<u32> {
    let mut stage = Stage::new(setting, rulebook)?;
    for step in steps {
        if stage.code(step)? != "ok" {
            return None;
        }
    }
    stage.advance(&format!("{later}d"))?;
    let next = stage.key("orders")?.rotation?.next;
    u32::try_from((next - parse_instant("2026-01-01")?).num_days()).ok()
}

/// The day and the period of the call that set what is in force.
fn in_force(acts: &[(u32, Act)]) -> Option<(u32, u32)> {
    acts.iter().rev().find_map(|(day, act)| if let Act::Enable(period) = act { Some((*day, *period)) } else { None })
}

/// The days on which the key has been rotated so far.
fn rotations(acts: &[(u32, Act)], asked: u32) -> Vec<u32> {
    let mut days = Vec::new();
    let mut next: Option<(u32, u32)> = None;
    let until = |next: &mut Option<(u32, u32)>, day: u32, days: &mut Vec<u32>| {
        while let Some((due, period)) = next.filter(|(due, _)| *due <= day) {
            days.push(due);
            *next = Some((due + period, period));
        }
    };
    for (day, act) in acts {
        until(&mut next, *day, &mut days);
        match act {
            Act::Enable(period) => next = Some((day + period, *period)),
            Act::Disable => next = None,
            Act::OnDemand => days.push(*day),
        }
    }
    until(&mut next, asked, &mut days);
    days
}

/// What is done and on which days: switched on; then also asked for; then also changed or switched off and on.
fn acts(dice: &mut Dice, difficulty: u8) -> Vec<(u32, Act)> {
    let mut day = dice.between(5, 60);
    let mut period = dice.between(90, 400);
    let mut acts = vec![(day, Act::Enable(period))];
    if difficulty >= 2 {
        day += dice.between(10, 70);
        acts.push((day, Act::OnDemand));
    }
    if difficulty >= 3 {
        day += dice.between(10, 70);
        if dice.yes(1, 2) {
            period = dice.between(90, 400);
            acts.push((day, Act::Enable(period)));
        } else {
            acts.push((day, Act::Disable));
            day += dice.between(10, 40);
            acts.push((day, Act::Enable(period)));
        }
        if dice.yes(1, 2) {
            day += dice.between(10, 40);
            acts.push((day, Act::OnDemand));
        }
    }
    acts
}

fn steps(acts: &[(u32, Act)]) -> Vec<Step> {
    let mut before = 0;
    let mut steps = Vec::new();
    for (number, (day, act)) in acts.iter().enumerate() {
        let (operation, with) = match act {
            Act::Enable(period) => ("kms:EnableKeyRotation", json!({"KeyId": "orders", "RotationPeriodInDays": period})),
            Act::Disable => ("kms:DisableKeyRotation", json!({"KeyId": "orders"})),
            Act::OnDemand => ("kms:RotateKeyOnDemand", json!({"KeyId": "orders"})),
        };
        steps.push(Step::new(format!("call-{}", number + 1), ADMIN, operation, with).after(format!("{}d", day - before)));
        before = *day;
    }
    steps
}

/// Other days, with the mistake that leads to each.
fn mistakes(acts: &[(u32, Act)], rotations: &[u32], right: u32, asked: u32) -> Vec<(u32, &'static str, &'static str)> {
    let enables: Vec<(u32, u32)> =
        acts.iter().filter_map(|(day, act)| if let Act::Enable(period) = act { Some((*day, *period)) } else { None }).collect();
    let (Some(first), Some(last)) = (enables.first().copied(), enables.last().copied()) else { return Vec::new() };
    let after = |from: u32, period: u32| (1..60).map(|times| from + times * period).find(|day| *day > asked).unwrap_or(from);
    let mut all = vec![
        (
            after(0, last.1),
            "The period counts from the day on which rotation is enabled, not from the creation of the key.",
            "period-counts-from-creation",
        ),
        (after(first.0, 365), "365 days is the period only where no other is given.", "rotation-is-yearly"),
        (after(last.0, 365), "365 days is the period only where no other is given.", "rotation-is-yearly"),
        (right + last.1, "This rotation is the one after the next.", "one-period-too-many"),
        (right.saturating_sub(last.1), "That day is no rotation of the present period that is still to come.", "one-period-too-few"),
        (asked + last.1, "The period does not begin anew on the day on which somebody looks.", "period-counts-from-today"),
        (after(first.0, 90), "90 days is the shortest period that can be asked for, not the one in force.", "shortest-period-in-force"),
        (
            after(0, 90),
            "90 days is the shortest period that can be asked for, and nothing counts from the creation of the key.",
            "shortest-period-from-creation",
        ),
        (
            asked + 90,
            "Nothing counts from the day on which somebody looks, and 90 days is only the shortest period.",
            "shortest-period-from-today",
        ),
        (after(last.0, 180), "No call asked for a period of half a year.", "rotation-is-half-yearly"),
        (asked + 365, "Nothing counts from the day on which somebody looks.", "a-year-from-today"),
        (after(first.0, last.1), "The period in force counts from the call that set it.", "old-start-kept"),
        (after(last.0, first.1), "The period in force is the one set last.", "old-period-kept"),
        (after(first.0, first.1), "A later call has set the period or its beginning anew.", "later-call-ignored"),
        (after(0, first.1), "The period counts from the call that set it, not from the creation of the key.", "first-period-from-creation"),
    ];
    for (day, act) in acts {
        if *act == Act::OnDemand {
            all.push((
                after(*day, last.1),
                "A rotation on demand does not move the dates of automatic rotation.",
                "on-demand-restarts-the-period",
            ));
        }
        if *act == Act::Disable {
            all.push((
                after(*day, last.1),
                "The period counts from the day on which rotation is enabled again.",
                "period-counts-from-disabling",
            ));
        }
    }
    if let Some(newest) = rotations.last() {
        all.push((newest + last.1, "The period is not counted from whatever rotation was the last.", "period-counts-from-last-rotation"));
    }
    all
}

fn described(act: Act) -> String {
    match act {
        Act::Enable(period) => format!("EnableKeyRotation with RotationPeriodInDays {period}"),
        Act::Disable => "DisableKeyRotation".to_owned(),
        Act::OnDemand => "RotateKeyOnDemand".to_owned(),
    }
}

fn stem(acts: &[(u32, Act)], asked: u32) -> String {
    let calls: Vec<String> = acts.iter().map(|(day, act)| format!("- Day {day}: {}", described(*act))).collect();
    format!(
        "A symmetric key with key material from KMS is created on day 0 and stays enabled. These calls succeed, each as the day begins, and no others are made.\n{}\nIt is day {asked}. When does KMS rotate the key automatically the next time?",
        calls.join("\n")
    )
}

fn trace(acts: &[(u32, Act)], rotations: &[u32], right: u32) -> String {
    let (from, period) = in_force(acts).unwrap_or_default();
    let passed: Vec<String> =
        (1..60).map(|times| from + times * period).take_while(|day| *day < right).map(|day| day.to_string()).collect();
    let passed =
        if passed.is_empty() { String::new() } else { format!(" It has rotated automatically on day {} since.", passed.join(", ")) };
    let asked_for = acts.iter().any(|(_, act)| *act == Act::OnDemand);
    let asked_for = if asked_for { " Rotations on demand leave these dates alone." } else { "" };
    format!(
        "The period of {period} days counts from day {from}, when EnableKeyRotation set it.{passed}{asked_for} The next date is day {right}; the key has had {} rotations so far.",
        rotations.len()
    )
}
