//! What the learner enters: letters, a number or a command, as a line or key by key.

use crate::cli::terminal::Key;
use crate::study::place_of_letter;

/// What a prompt asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// So many letters of so many, in any order.
    Letters { of: usize, choose: usize },
    /// So many letters of so many, in the order that is meant.
    Order { of: usize, choose: usize },
    /// A number.
    Number,
}

/// What was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    /// Indices of the options as they are shown, with a confidence if it was typed along: `b 3`.
    Options(Vec<usize>, Option<u8>),
    /// A number as typed, with a confidence if it was typed along: `3.50 sure`.
    Number(String, Option<u8>),
    /// A hint, please.
    Hint,
    /// Not this one.
    Skip,
    /// No more.
    Quit,
    /// Which keys are there?
    Help,
    /// Nothing of this.
    Unclear,
}

fn command(sign: char) -> Option<Entered> {
    match sign {
        'h' => Some(Entered::Hint),
        's' => Some(Entered::Skip),
        'q' => Some(Entered::Quit),
        '?' => Some(Entered::Help),
        _ => None,
    }
}

/// Reads a line. Letters may stand together or apart and in any case; options have the letters A to F, commands others.
pub(super) fn parse(line: &str, shape: Shape) -> Entered {
    let line = line.trim().to_ascii_lowercase();
    let mut signs = line.chars();
    if let (Some(sign), None) = (signs.next(), signs.next())
        && let Some(command) = command(sign)
    {
        return command;
    }
    match shape {
        Shape::Letters { of, choose } | Shape::Order { of, choose } => letters(&line, of, choose),
        Shape::Number => number(&line),
    }
}

fn letters(line: &str, of: usize, choose: usize) -> Entered {
    let mut chosen = Vec::new();
    let mut confidence = None;
    for sign in line.chars().filter(|sign| !sign.is_whitespace() && *sign != ',') {
        match (sign, place_of_letter(sign, of)) {
            // The confidence is the last thing on the line.
            (_, _) if confidence.is_some() => return Entered::Unclear,
            (_, Some(index)) if !chosen.contains(&index) => chosen.push(index),
            ('1'..='3', _) => confidence = level(sign),
            _ => return Entered::Unclear,
        }
    }
    if chosen.len() == choose { Entered::Options(chosen, confidence) } else { Entered::Unclear }
}

/// A number, and behind it a word for the confidence: a figure there would be taken for part of the number.
fn number(line: &str) -> Entered {
    let mut words = line.split_whitespace();
    let Some(figures) = words.next().filter(|word| is_number(word)) else { return Entered::Unclear };
    let confidence = match (words.next(), words.next()) {
        (None, _) => None,
        (Some("guess"), None) => Some(1),
        (Some("fairly"), None) => Some(2),
        (Some("sure"), None) => Some(3),
        _ => return Entered::Unclear,
    };
    Entered::Number(figures.to_owned(), confidence)
}

fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches('$');
    word.chars().any(|sign| sign.is_ascii_digit()) && word.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ','))
}

/// The confidence that a key stands for.
pub(super) fn level(sign: char) -> Option<u8> {
    sign.to_digit(10).and_then(|level| u8::try_from(level).ok()).filter(|level| (1..=3).contains(level))
}

/// An answer that is being entered key by key.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    shape: Shape,
    chosen: Vec<usize>,
    figures: String,
}

/// What a key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// The answer is there, or a command was given.
    Done(Entered),
    /// The draft is another one now, and looks so.
    Changed,
    /// Enter came too early: what is missing.
    Missing(String),
    /// The key means nothing here, and the draft is as it was.
    Unknown,
}

impl Draft {
    pub(super) fn new(shape: Shape) -> Self {
        Draft { shape, chosen: Vec::new(), figures: String::new() }
    }

    /// Takes a key. One that means nothing changes nothing.
    pub(super) fn press(&mut self, key: Key) -> Pressed {
        match (key, self.shape) {
            (Key::Leave, _) => Pressed::Done(Entered::Quit),
            (Key::Back, Shape::Number) => self.changed(|draft| draft.figures.pop().is_some()),
            (Key::Back, _) => self.changed(|draft| draft.chosen.pop().is_some()),
            (Key::Enter, _) => self.enter(),
            (Key::Sign(sign), Shape::Number) if sign.is_ascii_digit() || matches!(sign, '.' | ',') => self.changed(|draft| {
                draft.figures.push(sign);
                true
            }),
            (Key::Sign(sign), Shape::Letters { of, .. } | Shape::Order { of, .. }) => match place_of_letter(sign, of) {
                Some(index) => self.letter(index),
                None => command(sign).map_or(Pressed::Unknown, Pressed::Done),
            },
            (Key::Sign(sign), Shape::Number) => command(sign).map_or(Pressed::Unknown, Pressed::Done),
            (Key::Left | Key::Right | Key::Resized | Key::Quiet | Key::Other, _) => Pressed::Unknown,
        }
    }

    fn changed(&mut self, change: impl FnOnce(&mut Self) -> bool) -> Pressed {
        if change(self) { Pressed::Changed } else { Pressed::Unknown }
    }

    fn letter(&mut self, index: usize) -> Pressed {
        if let Shape::Letters { choose: 1, .. } = self.shape {
            return Pressed::Done(Entered::Options(vec![index], None));
        }
        match self.chosen.iter().position(|chosen| *chosen == index) {
            Some(at) => {
                self.chosen.remove(at);
            }
            None => self.chosen.push(index),
        }
        Pressed::Changed
    }

    fn enter(&self) -> Pressed {
        match self.shape {
            Shape::Number if is_number(&self.figures) => Pressed::Done(Entered::Number(self.figures.clone(), None)),
            Shape::Number => Pressed::Missing("type a number first".to_owned()),
            Shape::Letters { choose: 1, .. } => Pressed::Unknown,
            Shape::Letters { choose, .. } | Shape::Order { choose, .. } if self.chosen.len() == choose => {
                Pressed::Done(Entered::Options(self.chosen.clone(), None))
            }
            Shape::Letters { choose, .. } | Shape::Order { choose, .. } => {
                Pressed::Missing(format!("choose {choose}: {} so far", self.chosen.len()))
            }
        }
    }

    /// What has been entered so far, for the learner to see.
    pub(super) fn shown(&self) -> String {
        match self.shape {
            Shape::Number => self.figures.clone(),
            Shape::Letters { choose: 1, .. } => String::new(),
            Shape::Letters { choose, .. } => {
                let mut chosen = self.chosen.clone();
                chosen.sort_unstable();
                self.progress(&chosen, choose)
            }
            Shape::Order { choose, .. } => self.progress(&self.chosen, choose),
        }
    }

    fn progress(&self, chosen: &[usize], choose: usize) -> String {
        let letters: String = chosen.iter().map(|index| crate::render::letter(*index)).collect();
        match chosen.len() {
            0 => String::new(),
            count if count == choose => format!("{letters}   Enter answers"),
            count => format!("{letters}   {count} of {choose}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Shape = Shape::Letters { of: 4, choose: 1 };
    const TWO: Shape = Shape::Letters { of: 5, choose: 2 };
    const ORDER: Shape = Shape::Order { of: 3, choose: 3 };

    #[test]
    fn letters_are_read_in_any_case_order_and_spacing() {
        for line in ["ac", "A C", "a, c", " AC \n"] {
            assert_eq!(parse(line, TWO), Entered::Options(vec![0, 2], None), "{line}");
        }
        assert_eq!(parse("cab", ORDER), Entered::Options(vec![2, 0, 1], None));
        assert_eq!(parse("b 3", ONE), Entered::Options(vec![1], Some(3)));
    }

    #[test]
    fn another_count_or_an_unknown_letter_is_unclear_and_never_a_wrong_answer() {
        for line in ["", "a b", "e", "aa", "3", "b 4", "b33", "3b", "die Antwort"] {
            assert_eq!(parse(line, ONE), Entered::Unclear, "{line}");
        }
        assert_eq!(parse("a", TWO), Entered::Unclear);
        assert_eq!(parse("ab", ORDER), Entered::Unclear);
    }

    #[test]
    fn numbers_are_read_with_their_confidence() {
        assert_eq!(parse("1,000.50", Shape::Number), Entered::Number("1,000.50".to_owned(), None));
        assert_eq!(parse(" 7 sure\n", Shape::Number), Entered::Number("7".to_owned(), Some(3)));
        for line in ["", "seven", "7 8", ".", "7 sure sure", "-7"] {
            assert_eq!(parse(line, Shape::Number), Entered::Unclear, "{line}");
        }
    }

    #[test]
    fn commands_are_no_option_letters() {
        let commands = ["h", "S", "q", "?"].map(|line| parse(line, Shape::Letters { of: 6, choose: 1 }));
        assert_eq!(commands, [Entered::Hint, Entered::Skip, Entered::Quit, Entered::Help]);
    }

    fn press(shape: Shape, keys: &str) -> (Draft, Vec<Pressed>) {
        let mut draft = Draft::new(shape);
        let key = |sign: char| match sign {
            '\n' => Key::Enter,
            '<' => Key::Back,
            sign => Key::Sign(sign),
        };
        let pressed = keys.chars().map(|sign| draft.press(key(sign))).collect();
        (draft, pressed)
    }

    #[test]
    fn one_key_answers_a_choice_and_a_wrong_one_does_nothing() {
        assert_eq!(press(ONE, "zb").1, [Pressed::Unknown, Pressed::Done(Entered::Options(vec![1], None))]);
        assert_eq!(press(ONE, "\n3<").1, [Pressed::Unknown, Pressed::Unknown, Pressed::Unknown]);
        assert_eq!(Draft::new(ONE).press(Key::Leave), Pressed::Done(Entered::Quit));
    }

    #[test]
    fn several_letters_are_put_and_taken_until_enter() {
        let (draft, pressed) = press(TWO, "cz\na");
        assert_eq!(pressed[1..3], [Pressed::Unknown, Pressed::Missing("choose 2: 1 so far".to_owned())]);
        assert_eq!(draft.shown(), "AC   Enter answers");
        let (_, pressed) = press(TWO, "caba\n");
        assert_eq!(pressed.last(), Some(&Pressed::Done(Entered::Options(vec![2, 1], None))));
        let (draft, _) = press(ORDER, "cab<");
        assert_eq!(draft.shown(), "CA   2 of 3");
    }

    #[test]
    fn figures_are_typed_and_taken_back() {
        let (_, pressed) = press(Shape::Number, "\n12x<.5\n");
        assert_eq!(pressed[0], Pressed::Missing("type a number first".to_owned()));
        assert_eq!(pressed[3], Pressed::Unknown);
        assert_eq!(pressed.last(), Some(&Pressed::Done(Entered::Number("1.5".to_owned(), None))));
    }
}
