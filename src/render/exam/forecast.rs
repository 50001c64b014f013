//! What an exam would come to today.

use super::super::question::paragraph;
use super::{EQUATED, ExamLook};
use crate::study::exam::{Forecast, LEAST_ANSWERS, PASS_LINE};
use serde_json::{Value, json};

/// The forecast for people; without one, why there is none.
#[must_use]
pub fn exam_forecast_text(forecast: Option<&Forecast>, answers: usize, look: ExamLook) -> String {
    let mut text = String::new();
    let Some(forecast) = forecast else {
        let words = format!("Too few answers for a forecast: {answers} of at least {LEAST_ANSWERS}. Try: kmsprep drill");
        paragraph(&mut text, &words, look.width, "", "  ");
        return text;
    };
    let (low, high) = forecast.range;
    let words = format!(
        "about {} of 1000 today, likely between {low} and {high}; the pass line is {PASS_LINE}. It rests on {} answers to {} questions; {} were never \
         answered and are taken as guesses.",
        forecast.scaled, forecast.answers, forecast.seen, forecast.unseen
    );
    paragraph(&mut text, &words, look.width, "Forecast: ", "  ");
    for (domain, share) in &forecast.domains {
        text.push_str(&format!("  {:14}  {:>3.0} % expected right\n", domain.name(), share * 100.0));
    }
    paragraph(&mut text, EQUATED, look.width, "", "");
    text
}

/// The same as JSON.
#[must_use]
pub fn exam_forecast_json(forecast: Option<&Forecast>, answers: usize) -> Value {
    match forecast {
        None => json!({"type": "forecast", "too_few": true, "answers": answers, "least": LEAST_ANSWERS}),
        Some(forecast) => json!({
            "type": "forecast",
            "scaled": forecast.scaled,
            "range": [forecast.range.0, forecast.range.1],
            "pass_line": PASS_LINE,
            "answers": forecast.answers,
            "seen": forecast.seen,
            "unseen": forecast.unseen,
            "domains": forecast.domains.iter().map(|(domain, share)| json!({"domain": domain.name(), "share": (share * 1_000.0).round() / 1_000.0})).collect::<Vec<_>>(),
            "caveat": EQUATED,
        }),
    }
}
