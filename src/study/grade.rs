//! What came of one answer, and what the schedule makes of it.

/// What came of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Right.
    Right,
    /// Right by a guess: not yet known, but no error.
    Lucky,
    /// Wrong.
    Wrong,
    /// Not answered: the schedule stays as it is.
    Skipped,
}

impl Grade {
    /// The grade of an answer; confidence runs from 1 (a guess) to 3 (sure), and nobody has to name it.
    #[must_use]
    pub fn of(right: bool, confidence: Option<u8>) -> Self {
        match (right, confidence) {
            (true, Some(1)) => Grade::Lucky,
            (true, _) => Grade::Right,
            (false, _) => Grade::Wrong,
        }
    }

    /// Whether the item is known by this answer.
    #[must_use]
    pub fn is_known(self) -> bool {
        self == Grade::Right
    }

    /// `right`, `lucky`, `wrong` or `skipped`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Grade::Right => "right",
            Grade::Lucky => "lucky",
            Grade::Wrong => "wrong",
            Grade::Skipped => "skipped",
        }
    }

    /// The grade of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Grade::Right, Grade::Lucky, Grade::Wrong, Grade::Skipped].into_iter().find(|grade| grade.name() == name)
    }
}

/// How well an item was remembered, in the words of FSRS. Its fourth word, Easy, is for learners who rate themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// Not.
    Again = 1,
    /// With doubt or help.
    Hard = 2,
    /// Well.
    Good = 3,
}

impl Rating {
    /// The rating that an answer gets; none for what was skipped.
    ///
    /// Learners do not rate themselves: the commonest misuse of such systems is to call a failure hard. A right answer by a guess
    /// is no recall, and one with doubts or a hint is a weak one.
    #[must_use]
    pub fn of(grade: Grade, confidence: Option<u8>, hints: u32) -> Option<Self> {
        match (grade, confidence, hints) {
            (Grade::Skipped, _, _) => None,
            (Grade::Wrong | Grade::Lucky, _, _) => Some(Rating::Again),
            (Grade::Right, Some(2), _) | (Grade::Right, _, 1..) => Some(Rating::Hard),
            (Grade::Right, _, 0) => Some(Rating::Good),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_and_help_make_a_right_answer_hard_and_a_guess_makes_it_none() {
        let rating = |confidence, hints| Rating::of(Grade::of(true, confidence), confidence, hints);
        assert_eq!(rating(Some(3), 0), Some(Rating::Good));
        assert_eq!(rating(None, 0), Some(Rating::Good));
        assert_eq!([rating(Some(2), 0), rating(Some(3), 1), rating(None, 2)], [Some(Rating::Hard); 3]);
        assert_eq!(rating(Some(1), 0), Some(Rating::Again));
        assert_eq!(Rating::of(Grade::Wrong, Some(3), 0), Some(Rating::Again));
        assert_eq!(Rating::of(Grade::Skipped, None, 0), None);
    }

    #[test]
    fn grades_have_names() {
        for grade in [Grade::Right, Grade::Lucky, Grade::Wrong, Grade::Skipped] {
            assert_eq!(Grade::parse(grade.name()), Some(grade));
        }
    }
}
