//! `kmsprep plan`: how long a session is, how well things are to be remembered, and by when.

use super::common::Common;
use super::drill::items::Items;
use super::progress::{failure, open};
use super::{Edge, Exit, Failure, Format};
use crate::render;
use crate::rulebook::Rulebook;
use crate::study::{Day, Plan};
use clap::Args;
use serde_json::json;

/// `kmsprep plan`.
#[derive(Debug, Args)]
#[command(after_help = "Without an option it shows the plan. Every change gives all items their days anew.")]
pub(super) struct PlanArgs {
    /// The day of the exam, such as 2027-02-14, or none
    #[arg(long, value_name = "DATE", value_parser = exam_date)]
    exam_date: Option<ExamDate>,
    /// Minutes of a session
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=240))]
    minutes: Option<u32>,
    /// Answers a day
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    goal: Option<u32>,
    /// The share of items to be known when they come again, from 0.7 to 0.97
    #[arg(long, value_name = "SHARE", value_parser = retention)]
    retention: Option<f32>,
    #[command(flatten)]
    common: Common,
}

/// A day, or none.
#[derive(Clone, Copy, Debug)]
struct ExamDate(Option<Day>);

fn exam_date(text: &str) -> Result<ExamDate, String> {
    if text == "none" {
        return Ok(ExamDate(None));
    }
    Day::parse(text).map(|day| ExamDate(Some(day))).ok_or_else(|| "expected a date such as 2027-02-14, or none".to_owned())
}

fn retention(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| Plan::RETENTION.contains(share));
    share.ok_or_else(|| "expected a share from 0.7 to 0.97".to_owned())
}

/// Runs the command.
///
/// # Errors
/// If progress cannot be read or written.
pub(super) fn run(edge: &mut Edge, args: &PlanArgs) -> Result<Exit, Failure> {
    let today = Day::of(args.common.now());
    if let Some(ExamDate(Some(day))) = args.exam_date
        && day < today
    {
        return Err(Failure::Usage { message: format!("{day} is over"), help: Some("name a day that is to come, or none".to_owned()) });
    }
    let mut store = open(edge)?;
    let before = store.plan();
    let plan = Plan {
        retention: args.retention.unwrap_or(before.retention),
        exam: args.exam_date.map_or(before.exam, |ExamDate(day)| day),
        minutes: args.minutes.unwrap_or(before.minutes),
        goal: args.goal.unwrap_or(before.goal),
    };
    if plan != before {
        store.set_plan(plan).map_err(failure)?;
    }
    let candidates = Items::load(&args.common.pack, Rulebook::current(), args.common.format)?.candidates(&[], None);
    let memories = store.memories().map_err(failure)?;
    let ids = || candidates.iter().map(|candidate| candidate.id.as_str());
    let unseen = memories.unseen(ids());
    let pace = plan.pace(unseen, today);
    let week = memories.load(ids(), today);
    if args.common.format == Format::Json {
        let load: Vec<_> = week.iter().map(|(day, due)| json!({"day": day.to_string(), "due": due})).collect();
        edge.print_json(&json!({
            "exam_date": plan.exam.map(|day| day.to_string()),
            "days_left": pace.days_left,
            "minutes": plan.minutes,
            "goal": plan.goal,
            "retention": plan.retention.to_string(),
            "never_seen": unseen,
            "new_a_day": pace.new_a_day,
            "left_out": pace.left_out,
            "load": load,
        }))?;
        return Ok(Exit::Passed);
    }
    let exam = match (plan.exam, pace.days_left) {
        (Some(day), Some(days)) => format!("{day}, in {days} {}", if days == 1 { "day" } else { "days" }),
        (Some(day), None) => format!("{day}, which is over: kmsprep plan --exam-date none"),
        (None, _) => "no date yet: kmsprep plan --exam-date 2027-02-14".to_owned(),
    };
    let mut new = format!("{unseen} never seen, up to {} a day", pace.new_a_day);
    if pace.left_out > 0 {
        new.push_str(&format!(
            "; {} of them will not be met before the exam, since its last week is for what is known: begin with the topics that you know least",
            pace.left_out
        ));
    }
    let load: Vec<String> = week.iter().map(|(day, due)| format!("{} {due}", day.to_string().split_off(5))).collect();
    let lines = [
        ("Exam", exam),
        ("Session", format!("{} minutes, {} answers a day", plan.minutes, plan.goal)),
        ("Retention", format!("{:.0} of 100 items known when they come again", plan.retention * 100.0)),
        ("New", new),
        ("Due", load.join(", ")),
    ];
    let line = |(name, words): (&str, String)| format!("{}\n", render::wrap(&words, edge.width, &format!("{name:10} "), "           "));
    let text: String = lines.into_iter().map(line).collect();
    edge.print(&text)?;
    Ok(Exit::Passed)
}
