//! What the learner types: letters, a confidence, or a command.

/// A line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Indices of the options as they are shown, with a confidence if it was typed along: `b 3`.
    Options(Vec<usize>, Option<u8>),
    /// A hint, please.
    Hint,
    /// Not this one.
    Skip,
    /// No more.
    Quit,
    /// Nothing of this.
    Unclear,
}

/// Reads a line that answers a question with so many options, of which so many are chosen.
///
/// Letters may stand together or apart, in any case and order; options have the letters A to F, commands others.
pub(super) fn parse(line: &str, options: usize, choose: usize) -> Typed {
    let line = line.trim().to_ascii_lowercase();
    match line.as_str() {
        "h" => return Typed::Hint,
        "s" => return Typed::Skip,
        "q" => return Typed::Quit,
        _ => {}
    }
    let mut chosen = Vec::new();
    let mut confidence = None;
    for sign in line.chars().filter(|sign| !sign.is_whitespace() && *sign != ',') {
        let index = u32::from(sign).checked_sub(u32::from('a')).and_then(|index| usize::try_from(index).ok());
        match (sign, index.filter(|index| *index < options)) {
            // The confidence is the last thing on the line.
            (_, _) if confidence.is_some() => return Typed::Unclear,
            (_, Some(index)) if !chosen.contains(&index) => chosen.push(index),
            ('1'..='3', _) => confidence = sign.to_digit(10).and_then(|level| u8::try_from(level).ok()),
            _ => return Typed::Unclear,
        }
    }
    if chosen.len() == choose { Typed::Options(chosen, confidence) } else { Typed::Unclear }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_in_any_case_order_and_spacing() {
        for line in ["ac", "A C", "a, c", " AC \n"] {
            assert_eq!(parse(line, 5, 2), Typed::Options(vec![0, 2], None), "{line}");
        }
        assert_eq!(parse("ca", 5, 2), Typed::Options(vec![2, 0], None));
        assert_eq!(parse("b 3", 4, 1), Typed::Options(vec![1], Some(3)));
    }

    #[test]
    fn another_count_or_an_unknown_letter_is_unclear_and_never_a_wrong_answer() {
        for line in ["", "a b", "e", "aa", "3", "b 4", "b33", "3b", "die Antwort"] {
            assert_eq!(parse(line, 4, 1), Typed::Unclear, "{line}");
        }
        assert_eq!(parse("a", 5, 2), Typed::Unclear);
    }

    #[test]
    fn commands_are_no_option_letters() {
        assert_eq!([parse("h", 6, 1), parse("S", 6, 1), parse("q", 6, 1)], [Typed::Hint, Typed::Skip, Typed::Quit]);
    }
}
