//! Saying what came of an answer.

use super::ask::Answer;
use super::items::Item;
use super::{Drill, Failure, Format};
use crate::render::{self, Answered, Report};
use crate::scenario::{self, Document};
use crate::study::{Question, run_question};
use serde_json::json;

impl Drill<'_> {
    /// Says what came of an answer, and waits if somebody is there to read. Whether the learner leaves is returned.
    pub(super) fn review(&mut self, item: &Item, answer: &Answer, next: &str, is_last: bool) -> Result<bool, Failure> {
        match item {
            Item::Question(question) => self.review_question(question, answer, next, is_last),
            Item::Scenario(document) => {
                self.review_scenario(document, answer, next)?;
                if is_last { Ok(false) } else { Ok(self.input.choice(self.edge, "Enter next   q save and quit ", &[])?.is_none()) }
            }
        }
    }

    fn review_question(&mut self, question: &Question, answer: &Answer, next: &str, is_last: bool) -> Result<bool, Failure> {
        let verdict = run_question(question, &answer.chosen, self.rulebook).ok().flatten();
        let is_right = question.is_right(&answer.chosen, self.rulebook);
        let right = if is_right { None } else { run_question(question, question.key_under(self.rulebook), self.rulebook).ok().flatten() };
        let try_next = self.items.try_next(question);
        let answered = Answered {
            question,
            order: &self.order(question),
            chosen: &answer.chosen,
            grade: answer.grade,
            confidence: answer.confidence,
            verdict: verdict.as_ref(),
            right: right.as_ref(),
            next,
            try_next: &try_next,
            sources: &self.items.sources,
            rulebook: self.rulebook,
        };
        if self.args.common.format == Format::Json {
            let value = render::answered_json(&answered);
            return self.edge.print_json_line(&value).map(|()| false);
        }
        if !self.input.has_keys() {
            let text = render::answered_text(&answered, self.edge.width);
            self.edge.print(&text)?;
            return if is_last || answer.last {
                Ok(false)
            } else {
                Ok(self.input.choice(self.edge, "Enter next   q save and quit", &[])?.is_none())
            };
        }
        self.edge.print(&render::answered_short(&answered, self.edge.width))?;
        if answer.last {
            return Ok(true);
        }
        let go_on = if is_last { "Enter end" } else { "Enter next" };
        let prompt = format!("{go_on}   o every option   t the whole run   q save and quit ");
        loop {
            let text = match self.input.choice(self.edge, &prompt, &['o', 't'])? {
                None => return Ok(true),
                Some('o') => render::answered_options(&answered, self.edge.width),
                Some('t') => render::answered_trace(&answered, self.edge.width),
                Some(_) => return Ok(false),
            };
            self.edge.print(&text)?;
        }
    }

    fn review_scenario(&mut self, document: &Document, answer: &Answer, next: &str) -> Result<(), Failure> {
        let instance = match scenario::instantiate(document, &answer.decisions, self.rulebook) {
            Ok(instance) => instance,
            // A value of the learner's own may be no configuration at all.
            Err(found) if self.args.common.format == Format::Text => {
                return self.edge.print(&render::diagnostics_text(&found, &self.items.sources, self.edge.color, self.edge.width));
            }
            Err(found) => {
                let diagnostics = render::diagnostics_json(&found, &self.items.sources);
                return self.edge.print_json_line(
                    &json!({"type": "answer", "scenario": document.id, "grade": answer.grade, "diagnostics": diagnostics}),
                );
            }
        };
        let verdict = scenario::run(&instance);
        let review = scenario::review(document, &answer.decisions);
        let trim = scenario::trim(document, &answer.decisions, &instance, &verdict, self.rulebook);
        let report = Report {
            document,
            answers: &answer.decisions,
            verdict: &verdict,
            review: &review,
            names: &instance.names,
            sources: &self.items.sources,
            rulebook: self.rulebook,
            trim: trim.as_ref(),
            cheapest: scenario::cheapest(document, self.rulebook),
        };
        match self.args.common.format {
            Format::Text => {
                let text = render::verdict_text(&report, self.edge.width);
                self.edge.print(&format!("\n{text}"))?;
                self.edge.say(self.args.common.format, &format!("In this drill {next}."))
            }
            Format::Json => {
                let value = json!({"type": "answer", "grade": answer.grade, "next": next, "verdict": render::verdict_json(&report)});
                self.edge.print_json_line(&value)
            }
        }
    }
}
