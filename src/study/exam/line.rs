//! The same without single keys: one line an answer or a command.

use super::desk::{Desk, Effect, Over, Press, View, letter};
use super::sitting::Sitting;

impl Desk {
    /// Takes in one line: letters answer the question on the screen and go on to the next one, anything else is a command. A line that is
    /// neither changes nothing.
    pub fn line(&mut self, sitting: &mut Sitting, line: &str) -> Effect {
        let line = line.trim().to_ascii_lowercase();
        let over = self.over.clone();
        if line == "submit" || line == "s" {
            let asked = self.over.take() == Some(Over::Confirm);
            self.note = None;
            return if asked { Effect::Submit } else { self.submit(sitting) };
        }
        if let Some(number) = number(&line) {
            (self.over, self.note) = (None, None);
            return self.go_to(sitting, number);
        }
        let first = line.chars().next();
        match first {
            // What lies over the question takes a line like a key.
            Some(character) if over.is_some() => self.press(sitting, Press::Char(character)),
            None if over.is_some() => self.press(sitting, Press::Enter),
            None => {
                self.note = None;
                Effect::Shown
            }
            // Of a question alone, commands are keys and letters are answers.
            Some(character) if line.len() == 1 && (self.view == View::Grid || letter(sitting, character).is_none()) => {
                self.press(sitting, Press::Char(character))
            }
            Some(_) => self.answer(sitting, &line),
        }
    }

    fn answer(&mut self, sitting: &mut Sitting, line: &str) -> Effect {
        (self.over, self.note) = (None, None);
        let signs = || line.chars().filter(|sign| !sign.is_whitespace() && *sign != ',');
        let mut places: Vec<usize> = signs().filter_map(|sign| letter(sitting, sign)).collect();
        let understood = !line.is_empty() && places.len() == signs().count();
        places.sort_unstable();
        places.dedup();
        let choose = sitting.paper.items.get(sitting.at).map_or(0, |item| item.choose);
        if self.view == View::Grid && understood {
            return self.say("This is the review: g and a number goes to a question, submit hands in.");
        }
        if !understood || places.len() != choose {
            let wanted = if choose == 1 { "one letter".to_owned() } else { format!("{choose} letters") };
            return self.say(&format!(
                "`{line}` is no answer here: this question wants {wanted}. Nothing was changed; ? lists what can be typed."
            ));
        }
        let names =
            sitting.paper.items.get(sitting.at).map(|item| places.iter().filter_map(|place| item.order.get(*place)).cloned().collect());
        if let (Some(entry), Some(names)) = (sitting.entries.get_mut(sitting.at), names) {
            entry.chosen = names;
        }
        let number = sitting.at + 1;
        self.next(sitting);
        let last = self.note.take().unwrap_or_default();
        self.say(format!("{number} is answered. {last}").trim());
        Effect::Changed
    }
}

/// The number of `g 5`, `g5` or `5`.
fn number(line: &str) -> Option<&str> {
    let digits = line.strip_prefix('g').unwrap_or(line).trim();
    (!digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit())).then_some(digits)
}
