//! The chart of a sweep.

use super::designs::Design;
use super::over::Over;
use crate::pricing::grouped;
use crate::render::{Axis, Chart, MOST_MARKS, Mark, Rivals, Scale, Series, Sweep, Unit, cents};
use rust_decimal::Decimal;

/// Which axes are logarithmic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scales {
    pub log: bool,
    pub log_cost: bool,
}

/// The chart of some of the lines of a sweep.
#[must_use]
pub(super) fn chart(designs: &[Design], over: &Over, sweep: &Sweep<'_>, drawn: &[usize], scales: Scales) -> Chart {
    let scale = |log: bool| if log { Scale::Log } else { Scale::Linear };
    let lines = drawn.iter().filter_map(|at| sweep.lines.get(*at));
    let series = lines
        .map(|line| Series {
            name: line.name.clone(),
            points: sweep.values.iter().map(|value| Decimal::from(*value)).zip(line.totals.iter().copied()).collect(),
        })
        .collect();
    let names: Vec<&str> = designs.iter().map(|design| design.name.as_str()).collect();
    Chart {
        title: format!("What {} costs", enumerated(&names)),
        x: Axis { title: x_title(designs, over), scale: scale(scales.log), unit: Unit::Count },
        y: Axis { title: y_title(designs), scale: scale(scales.log_cost), unit: Unit::Usd },
        series,
        marks: marks(sweep.rivals),
    }
}

fn enumerated(names: &[&str]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// The input in words, with its unit and its path.
fn x_title(designs: &[Design], over: &Over) -> String {
    let path = over.label.split(',').next().unwrap_or("");
    let path = path.split_once(':').map_or(path, |(_, path)| path);
    let steps: Vec<&str> = path.splitn(3, '.').collect();
    let words = match steps.as_slice() {
        ["uses", at, name] => {
            let of = |design: &Design| {
                let usage = at.parse::<usize>().ok().and_then(|at| design.workload.uses.get(at))?;
                Some(format!("{}, {}", usage.rule.name, with_unit(name.strip_prefix(&format!("{}.", usage.rule.name)).unwrap_or(name))))
            };
            designs.iter().find_map(of)
        }
        ["keys", name, "count"] => Some(format!("number of keys `{name}`")),
        ["keys", name, field] => Some(format!("{} of key `{name}`", with_unit(field))),
        ["neighbours", at, _] => {
            let of = |design: &Design| {
                at.parse::<usize>().ok().and_then(|at| design.workload.neighbours.get(at)).map(|found| found.price.clone())
            };
            designs.iter().find_map(of).map(|price| format!("quantity of {price} a month"))
        }
        _ => None,
    };
    words.map_or_else(|| over.label.clone(), |words| format!("{words} ({})", over.label))
}

/// Fields that are no volumes of a month.
const STANDING: [&str; 12] = [
    "requesters",
    "buckets",
    "queues",
    "producers",
    "consumers",
    "topics",
    "publishers",
    "streams",
    "environments",
    "groups",
    "batch",
    "clients",
];

fn with_unit(field: &str) -> String {
    let words = field.replace(['_', '.'], " ");
    if let Some(quantity) = words.strip_suffix(" seconds") {
        format!("{quantity} in seconds")
    } else if let Some(quantity) = words.strip_suffix(" days") {
        format!("{quantity} in days")
    } else if words.ends_with("age") {
        format!("{words} in seconds")
    } else if STANDING.contains(&field) || words.ends_with("before") {
        words
    } else {
        format!("{words} a month")
    }
}

fn y_title(designs: &[Design]) -> String {
    let mut counts = designs.iter().map(|design| design.workload.months.iter().count());
    let first = counts.next().unwrap_or(1);
    match first {
        _ if counts.any(|count| count != first) => "USD over all months of each workload".to_owned(),
        1 => "USD a month".to_owned(),
        months => format!("USD over {months} months"),
    }
}

/// The break-even points, from left to right.
fn marks(rivals: &[Rivals]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for pair in rivals {
        for (point, (a, b)) in pair.stretches.break_evens().iter().zip(&pair.there).take(MOST_MARKS) {
            let cheaper = pair.cheaper_after(point);
            let other = if cheaper == pair.a { &pair.b } else { &pair.a };
            let x = Decimal::from(point.first_after);
            let label = format!("from {} on {cheaper} is cheaper than {other} (${})", grouped(x), cents((*a).min(*b)));
            marks.push(Mark { x, y: (*a).min(*b), label });
        }
    }
    marks.sort_by_key(|mark| mark.x);
    marks
}
