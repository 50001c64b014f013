//! What a learner's answers tell, as tables and bars.

use super::question::paragraph;
use super::safe_line;
use super::scenario::{heading, rule};
use crate::study::exam::PASS_LINE;
use crate::study::{FEW, ItemKind, Mastery, Share, Stats};
use serde_json::{Value, json};

/// Columns of a bar.
const BAR: usize = 20;

/// Below so many columns there is no room for bars.
const NARROW: usize = 70;

/// What to show.
#[derive(Clone, Copy, Debug)]
pub struct StatsLook {
    /// Columns.
    pub width: usize,
    /// Without bars, one thing a line.
    pub plain: bool,
    /// Every section of the guide instead of its chapters.
    pub sections: bool,
}

impl StatsLook {
    fn bars(self) -> bool {
        !self.plain && self.width >= NARROW
    }
}

/// All of it, for people.
#[must_use]
pub fn stats_text(stats: &Stats, look: StatsLook) -> String {
    let width = look.width;
    let pace = stats.plan.pace(0, stats.today);
    let exam = match (stats.plan.exam, pace.days_left) {
        (Some(day), Some(days)) => format!("exam in {days} {} ({day})", if days == 1 { "day" } else { "days" }),
        (Some(_) | None, _) => String::new(),
    };
    let mut text = heading("kmsprep stats", &exam, width);
    text.push_str(&rule(width));
    if stats.answers == 0 {
        paragraph(&mut text, "No answers yet. Begin with: kmsprep drill", width, "", "");
        return text;
    }
    text.push_str(&summary(stats, width));
    let (seen, unseen): (Vec<Mastery>, Vec<Mastery>) = stats.topics.iter().cloned().partition(|topic| topic.seen > 0);
    text.push_str(&masteries("Topic", &seen, look));
    if !unseen.is_empty() {
        let list: Vec<String> = unseen.iter().map(|topic| format!("{} ({})", safe_line(&topic.name), topic.items)).collect();
        paragraph(&mut text, &list.join(", "), width, "Not met yet: ", "  ");
    }
    let (name, groups) = if look.sections { ("Section of the guide", &stats.sections) } else { ("Chapter of the guide", &stats.chapters) };
    text.push_str(&masteries(name, groups, look));
    text.push_str(&retention(stats, look));
    text.push_str(&calibration(stats, look));
    text.push_str(&days(stats, look));
    text.push_str(&rest(stats, width));
    text
}

fn summary(stats: &Stats, width: usize) -> String {
    let mut text = String::new();
    let today = stats.days.last().map_or(0, |(_, answers)| *answers);
    let words = format!(
        "{} answers, {} in a row; today {today} of {}.",
        stats.answers,
        if stats.streak == 1 { "1 day".to_owned() } else { format!("{} days", stats.streak) },
        stats.plan.goal
    );
    paragraph(&mut text, &words, width, "", "");
    let forecast = match &stats.forecast {
        Some(forecast) => format!(
            "Forecast: about {} of 1000 today, likely {} to {}; the pass line is {PASS_LINE}. {} questions were never answered and count as guesses.",
            forecast.scaled, forecast.range.0, forecast.range.1, forecast.unseen
        ),
        None => format!("Forecast: too few answers to questions for one; it takes {FEW}."),
    };
    paragraph(&mut text, &forecast, width, "", "  ");
    text
}

/// A bar of so many percent: the number beside it carries the meaning.
fn bar(percent: u32) -> String {
    let marks = usize::try_from(percent).unwrap_or(0).min(100) * BAR / 100;
    format!("{}{}", "#".repeat(marks), ".".repeat(BAR - marks))
}

fn masteries(title: &str, groups: &[Mastery], look: StatsLook) -> String {
    const NUMBERS: usize = 12 + 6 + BAR + 9;
    let mut text = String::from("\n");
    if !look.bars() {
        text.push_str(&format!("{title}\n"));
        for group in groups {
            paragraph(&mut text, &safe_line(&group.name), look.width, "  ", "    ");
            let words =
                format!("{} of {} known, {} due, {} % recalled now{}", group.known, group.items, group.due, group.recall, errors(group));
            paragraph(&mut text, &words, look.width, "    ", "      ");
        }
        return text;
    }
    let room = look.width.saturating_sub(NUMBERS).clamp(16, 44);
    text.push_str(&format!("{title:room$}     known   due  recall now\n"));
    for group in groups {
        let name = safe_line(&group.name);
        let name = if name.chars().count() > room {
            let tail: Vec<char> = name.chars().rev().take(room - 3).collect();
            format!("...{}", tail.into_iter().rev().collect::<String>())
        } else {
            name.into_owned()
        };
        let known = format!("{}/{}", group.known, group.items);
        let sure = if group.confident_errors > 0 { "  !" } else { "" };
        text.push_str(&format!("{name:room$}  {known:>8}  {:>4}  {} {:>3} %{sure}\n", group.due, bar(group.recall), group.recall));
    }
    if groups.iter().any(|group| group.confident_errors > 0) {
        text.push_str("! wrong though sure\n");
    }
    text
}

fn errors(group: &Mastery) -> String {
    match group.confident_errors {
        0 => String::new(),
        1 => ", once wrong though sure".to_owned(),
        count => format!(", {count} times wrong though sure"),
    }
}

/// A share with its number and its range.
fn share(share: Share) -> String {
    match share.percent() {
        Some(percent) => {
            let (low, high) = share.range();
            format!("{percent:>3} %, likely {low} to {high} (n={})", share.of)
        }
        None => format!("{} of {}: too few to say", share.right, share.of),
    }
}

fn retention(stats: &Stats, look: StatsLook) -> String {
    let mut text = String::from("\n");
    paragraph(&mut text, "Retention by days since the answer before", look.width, "", "  ");
    if stats.retention.is_empty() {
        paragraph(&mut text, "Nothing has come back on a later day yet.", look.width, "  ", "  ");
    }
    for stretch in &stats.retention {
        let days = match stretch.days {
            (1, 1) => "1 day".to_owned(),
            (from, i64::MAX) => format!("{from} and more"),
            (from, to) => format!("{from} to {to}"),
        };
        let picture = match stretch.share.percent() {
            Some(percent) if look.bars() => format!("{} ", bar(percent)),
            Some(_) | None => String::new(),
        };
        let words = format!("{picture}{}, expected {} %", share(stretch.share), stretch.expected);
        paragraph(&mut text, &words, look.width, &format!("  {days:12}  "), "                ");
    }
    text
}

fn calibration(stats: &Stats, look: StatsLook) -> String {
    let mut text = String::from("\n");
    paragraph(&mut text, "Calibration: how often an answer was right, by how sure you were", look.width, "", "  ");
    for (name, counted) in stats.calibration.iter().filter(|(_, counted)| counted.of > 0) {
        paragraph(
            &mut text,
            &format!("right in {}", share(*counted).trim_start()),
            look.width,
            &format!("  {name:12}  "),
            "                ",
        );
    }
    text
}

fn days(stats: &Stats, look: StatsLook) -> String {
    let mut text = String::from("\nAnswers of the last days\n");
    let most = stats.days.iter().map(|(_, answers)| *answers).max().unwrap_or(0).max(1);
    let shown = stats.days.iter().skip_while(|(_, answers)| *answers == 0);
    for (day, answers) in shown {
        let percent = u32::try_from(u64::from(*answers) * 100 / u64::from(most)).unwrap_or(0);
        let picture = if look.bars() { format!("{} ", bar(percent)) } else { String::new() };
        text.push_str(&format!("  {day}    {picture}{answers:>4}\n"));
    }
    let load: Vec<String> = stats.load.iter().map(|(day, due)| format!("{} {due}", day.to_string().get(5..).unwrap_or(""))).collect();
    paragraph(&mut text, &format!("Due next: {}", load.join(", ")), look.width, "  ", "    ");
    text
}

fn rest(stats: &Stats, width: usize) -> String {
    let mut text = String::new();
    if !stats.times.is_empty() {
        let times: Vec<String> =
            stats.times.iter().map(|(kind, count, seconds)| format!("{} {seconds} s (n={count})", kind.name())).collect();
        paragraph(&mut text, &format!("Median time: {}", times.join(", ")), width, "\n", "  ");
    }
    if !stats.leeches.is_empty() {
        let list: Vec<String> = stats.leeches.iter().map(|(item, lapses)| format!("{} ({lapses}x)", safe_line(item))).collect();
        paragraph(&mut text, &format!("Keeps being forgotten: {}", list.join(", ")), width, "", "  ");
    }
    if !stats.weakest_facts.is_empty() {
        let list: Vec<String> = stats.weakest_facts.iter().map(|(fact, recall)| format!("{} {recall} %", safe_line(fact))).collect();
        paragraph(&mut text, &format!("Weakest facts: {}", list.join(", ")), width, "", "  ");
        if let Some((fact, _)) = stats.weakest_facts.first() {
            paragraph(&mut text, &format!("kmsprep facts {}", safe_line(fact)), width, "Read one: ", "  ");
        }
    }
    let weakest = stats.topics.iter().filter(|topic| topic.seen > 0).min_by_key(|topic| topic.recall);
    if let Some(topic) = weakest {
        let words = format!("\nkmsprep drill {} is the best use of the next minutes.", safe_line(&topic.name));
        paragraph(&mut text, &words, width, "", "");
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn stats_json(stats: &Stats) -> Value {
    let mastery = |group: &Mastery| {
        json!({
            "name": group.name,
            "items": group.items,
            "seen": group.seen,
            "known": group.known,
            "due": group.due,
            "recall_percent": group.recall,
            "confident_errors": group.confident_errors,
        })
    };
    let share = |share: &Share| json!({"right": share.right, "of": share.of, "percent": share.percent(), "likely": share.percent().map(|_| share.range())});
    let retention = stats.retention.iter().map(|stretch| {
        let to = Some(stretch.days.1).filter(|to| *to != i64::MAX);
        json!({"from_days": stretch.days.0, "to_days": to, "share": share(&stretch.share), "expected_percent": stretch.expected})
    });
    let day = |(day, count): (String, u64)| json!({"day": day, "count": count});
    json!({
        "type": "stats",
        "day": stats.today.to_string(),
        "exam_date": stats.plan.exam.map(|day| day.to_string()),
        "answers": stats.answers,
        "streak": stats.streak,
        "goal": stats.plan.goal,
        "days": stats.days.iter().map(|(of, answers)| day((of.to_string(), u64::from(*answers)))).collect::<Vec<_>>(),
        "topics": stats.topics.iter().map(mastery).collect::<Vec<_>>(),
        "chapters": stats.chapters.iter().map(mastery).collect::<Vec<_>>(),
        "sections": stats.sections.iter().map(mastery).collect::<Vec<_>>(),
        "retention": retention.collect::<Vec<_>>(),
        "calibration": stats.calibration.iter().map(|(name, counted)| json!({"confidence": name, "share": share(counted)})).collect::<Vec<_>>(),
        "times": stats.times.iter().map(|(kind, count, seconds): &(ItemKind, usize, u64)| json!({"kind": kind.name(), "answers": count, "median_seconds": seconds})).collect::<Vec<_>>(),
        "leeches": stats.leeches.iter().map(|(item, lapses)| json!({"item": item, "lapses": lapses})).collect::<Vec<_>>(),
        "weakest_facts": stats.weakest_facts.iter().map(|(fact, recall)| json!({"fact": fact, "recall_percent": recall})).collect::<Vec<_>>(),
        "load": stats.load.iter().map(|(of, due)| day((of.to_string(), u64::try_from(*due).unwrap_or(u64::MAX)))).collect::<Vec<_>>(),
        "forecast": super::exam_forecast_json(stats.forecast.as_ref(), stats.answers),
    })
}
