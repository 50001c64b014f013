//! What keys do to a sitting. No key but a letter of the question on the screen touches an answer.

use super::super::question::place_of_letter;
use super::sitting::{Sitting, State};

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// A character.
    Char(char),
    /// The right arrow.
    Right,
    /// The left arrow.
    Left,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace.
    Backspace,
    /// Ctrl-C.
    Interrupt,
}

/// What the desk shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The question that the sitting is at.
    Question,
    /// All questions with their answers.
    Grid,
}

/// What lies over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// The list of keys.
    Keys,
    /// A number that is being typed.
    GoTo(String),
    /// Whether to submit with questions open.
    Confirm,
    /// The clock stands, and nothing is shown.
    Paused,
}

/// What has to happen after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing to save.
    Shown,
    /// The sitting changed: save it.
    Changed,
    /// The learner leaves: save it.
    Leave,
    /// The paper is handed in.
    Submit,
}

/// The state of the screen, which is not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    /// What it shows.
    pub view: View,
    /// What lies over it.
    pub over: Option<Over>,
    /// One sentence about the last key.
    pub note: Option<String>,
}

impl Default for Desk {
    fn default() -> Self {
        Desk { view: View::Question, over: None, note: None }
    }
}

impl Desk {
    /// Lets time pass on the clock, which stands in a pause, and for the question, while it is shown.
    pub fn pass(&self, sitting: &mut Sitting, milliseconds: u64) {
        if self.over != Some(Over::Paused) {
            sitting.pass(milliseconds, self.view == View::Question);
        }
    }

    /// Takes in one key.
    pub fn press(&mut self, sitting: &mut Sitting, press: Press) -> Effect {
        self.note = None;
        if press == Press::Interrupt {
            return Effect::Leave;
        }
        let press = match press {
            Press::Char(character) => Press::Char(character.to_ascii_lowercase()),
            Press::Right | Press::Left | Press::Enter | Press::Escape | Press::Backspace | Press::Interrupt => press,
        };
        match (self.over.take(), self.view) {
            (Some(Over::Keys), _) => Effect::Shown,
            (Some(Over::Paused), _) if press == Press::Char('q') => Effect::Leave,
            (Some(Over::Paused), _) => Effect::Shown,
            (Some(Over::Confirm), _) if press == Press::Char('y') => Effect::Submit,
            (Some(Over::Confirm), _) => self.say("Not submitted."),
            (Some(Over::GoTo(typed)), _) => self.number(sitting, typed, press),
            (None, View::Question) => self.on_question(sitting, press),
            (None, View::Grid) => self.on_grid(sitting, press),
        }
    }

    fn on_question(&mut self, sitting: &mut Sitting, press: Press) -> Effect {
        if let Press::Char(character) = press
            && let Some(place) = letter(sitting, character)
        {
            return self.choose(sitting, place);
        }
        match press {
            Press::Char('n' | ' ') | Press::Enter | Press::Right => self.next(sitting),
            Press::Char('p') | Press::Left => self.go(sitting, sitting.at.saturating_sub(1)),
            Press::Char('m') => {
                if let Some(entry) = sitting.entries.get_mut(sitting.at) {
                    entry.marked = !entry.marked;
                }
                Effect::Changed
            }
            Press::Char('r') | Press::Escape => self.show(View::Grid),
            Press::Char('s') => {
                self.say("To submit press s again here.");
                self.show(View::Grid)
            }
            Press::Char(_) | Press::Backspace | Press::Interrupt => self.anywhere(sitting, press),
        }
    }

    fn on_grid(&mut self, sitting: &mut Sitting, press: Press) -> Effect {
        match press {
            Press::Char('r' | 'n' | 'p' | ' ') | Press::Enter | Press::Escape | Press::Left | Press::Right => self.show(View::Question),
            Press::Char('u') => self.find(sitting, "Every question is answered.", |sitting, at| sitting.state(at) != State::Answered),
            Press::Char('m') => {
                self.find(sitting, "No question is marked.", |sitting, at| sitting.entries.get(at).is_some_and(|entry| entry.marked))
            }
            Press::Char('s') => self.submit(sitting),
            Press::Char(digit @ '0'..='9') => self.number(sitting, String::new(), Press::Char(digit)),
            Press::Char(_) | Press::Backspace | Press::Interrupt => self.anywhere(sitting, press),
        }
    }

    fn anywhere(&mut self, sitting: &Sitting, press: Press) -> Effect {
        match press {
            Press::Char('g') => self.lay(Over::GoTo(String::new())),
            Press::Char('?') => self.lay(Over::Keys),
            Press::Char('z') if sitting.practice => self.lay(Over::Paused),
            Press::Char('z') => self.say("The clock stops in practice only: kmsprep exam --practice."),
            Press::Char('q') => Effect::Leave,
            Press::Char(character) if !character.is_control() => self.say(&format!("{character} is no key here; ? lists the keys.")),
            Press::Char(_) | Press::Right | Press::Left | Press::Enter | Press::Escape | Press::Backspace | Press::Interrupt => {
                self.say("That is no key here; ? lists the keys.")
            }
        }
    }

    /// Answers the question with one more option: of a choice instead of the last one, of a response beside the others; or takes it back.
    pub(super) fn choose(&mut self, sitting: &mut Sitting, place: usize) -> Effect {
        let at = sitting.at;
        let (Some(item), Some(entry)) = (sitting.paper.items.get(at), sitting.entries.get_mut(at)) else { return Effect::Shown };
        let Some(name) = item.order.get(place) else { return Effect::Shown };
        if item.choose == 1 {
            if entry.chosen.first() == Some(name) {
                return Effect::Shown;
            }
            entry.chosen = vec![name.clone()];
        } else if let Some(known) = entry.chosen.iter().position(|chosen| chosen == name) {
            entry.chosen.remove(known);
        } else if entry.chosen.len() >= item.choose {
            let all = item.choose;
            return self.say(&format!("{all} are chosen already: press the letter of one to take it back."));
        } else {
            entry.chosen.push(name.clone());
        }
        Effect::Changed
    }

    /// Goes on; behind the last question is the review.
    pub(super) fn next(&mut self, sitting: &mut Sitting) -> Effect {
        if sitting.at + 1 < sitting.count() {
            return self.go(sitting, sitting.at + 1);
        }
        self.say("That was the last question.");
        self.show(View::Grid)
    }

    pub(super) fn go(&mut self, sitting: &mut Sitting, at: usize) -> Effect {
        self.view = View::Question;
        if at == sitting.at || at >= sitting.count() {
            return Effect::Shown;
        }
        sitting.at = at;
        Effect::Changed
    }

    /// Hands in, or asks first where questions are open.
    pub(super) fn submit(&mut self, sitting: &Sitting) -> Effect {
        if sitting.open() == 0 { Effect::Submit } else { self.lay(Over::Confirm) }
    }

    /// The next question behind this one for which something holds, round the end.
    fn find(&mut self, sitting: &mut Sitting, none: &str, holds: impl Fn(&Sitting, usize) -> bool) -> Effect {
        let count = sitting.count();
        let found = (1..=count).map(|step| (sitting.at + step) % count.max(1)).find(|at| holds(sitting, *at));
        match found {
            Some(at) => self.go(sitting, at),
            None => self.say(none),
        }
    }

    /// A number grows until no longer one would be a question's.
    fn number(&mut self, sitting: &mut Sitting, mut typed: String, press: Press) -> Effect {
        match press {
            Press::Char(digit @ '0'..='9') => typed.push(digit),
            Press::Backspace => {
                typed.pop();
            }
            Press::Enter => return self.go_to(sitting, &typed),
            Press::Char(_) | Press::Right | Press::Left | Press::Escape | Press::Interrupt => return self.say("Still here."),
        }
        let whole = typed.parse::<usize>().is_ok_and(|number| number > 0 && number.saturating_mul(10) > sitting.count());
        if whole { self.go_to(sitting, &typed) } else { self.lay(Over::GoTo(typed)) }
    }

    pub(super) fn go_to(&mut self, sitting: &mut Sitting, typed: &str) -> Effect {
        match typed.parse::<usize>() {
            Ok(number) if number > 0 && number <= sitting.count() => self.go(sitting, number - 1),
            _ => self.say(&format!("The questions have the numbers 1 to {}.", sitting.count())),
        }
    }

    pub(super) fn show(&mut self, view: View) -> Effect {
        self.view = view;
        Effect::Shown
    }

    pub(super) fn lay(&mut self, over: Over) -> Effect {
        self.over = Some(over);
        Effect::Shown
    }

    pub(super) fn say(&mut self, text: &str) -> Effect {
        self.note = Some(text.to_owned());
        Effect::Shown
    }
}

/// The place of the option with this letter in the question on the screen.
pub(super) fn letter(sitting: &Sitting, character: char) -> Option<usize> {
    place_of_letter(character, sitting.paper.items.get(sitting.at)?.order.len())
}
