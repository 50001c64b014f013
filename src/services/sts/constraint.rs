//! The constraints of request members, and AWS's words for a request that breaks them.
//!
//! Source: "AssumeRole", "GetFederationToken" and "GetSessionToken", AWS STS API Reference; the wording is that of all services.

use super::INVALID;
use super::request::Tag;
use crate::cloud::ApiError;
use std::ops::RangeInclusive;

/// Which letters a text may have, and AWS's pattern for them.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    pattern: &'static str,
    /// Besides letters, digits and the underscore.
    also: &'static str,
    digits_only: bool,
}

/// Of names of sessions and federated users, and of source identities.
pub(super) const NAME: Letters = Letters { pattern: r"[\w+=,.@-]*", also: "_+=,.@-", digits_only: false };
/// Of external ids.
pub(super) const EXTERNAL_ID: Letters = Letters { pattern: r"[\w+=,.@:\/-]*", also: "_+=,.@:/-", digits_only: false };
/// Of serial numbers of MFA devices.
pub(super) const SERIAL_NUMBER: Letters = Letters { pattern: r"[\w+=/:,.@-]*", also: "_+=/:,.@-", digits_only: false };
/// Of codes of MFA devices.
pub(super) const TOKEN_CODE: Letters = Letters { pattern: r"[\d]*", also: "", digits_only: true };

impl Letters {
    fn fit(self, text: &str) -> bool {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || self.also.contains(letter);
        text.chars().all(|each| if self.digits_only { each.is_ascii_digit() } else { letter(each) })
    }
}

/// The constraints that a request breaks.
#[derive(Default)]
pub(super) struct Constraints {
    broken: Vec<String>,
}

impl Constraints {
    fn breaks(&mut self, subject: &str, member: &str, constraint: &str) {
        self.broken.push(format!("Value {subject} at '{member}' failed to satisfy constraint: Member must {constraint}"));
    }

    /// A member that must be there.
    pub(super) fn required(&mut self, member: &str, value: Option<&str>) {
        if value.is_none() {
            self.breaks("null", member, "not be null");
        }
    }

    /// The length of a text.
    pub(super) fn length(&mut self, member: &str, value: Option<&str>, lengths: RangeInclusive<usize>) {
        let Some(text) = value else { return };
        self.size(&format!("'{text}'"), member, text.chars().count(), &lengths);
    }

    /// The length and the letters of a text.
    pub(super) fn text(&mut self, member: &str, value: Option<&str>, lengths: RangeInclusive<usize>, letters: Letters) {
        self.length(member, value, lengths);
        if let Some(text) = value.filter(|text| !letters.fit(text)) {
            self.breaks(&format!("'{text}'"), member, &format!("satisfy regular expression pattern: {}", letters.pattern));
        }
    }

    /// A number of seconds.
    pub(super) fn seconds(&mut self, value: Option<i64>, range: RangeInclusive<i64>) {
        let Some(number) = value else { return };
        let subject = format!("'{number}'");
        if number < *range.start() {
            self.breaks(&subject, "durationSeconds", &format!("have value greater than or equal to {}", range.start()));
        }
        if number > *range.end() {
            self.breaks(&subject, "durationSeconds", &format!("have value less than or equal to {}", range.end()));
        }
    }

    /// Session tags: at most fifty.
    pub(super) fn tags(&mut self, tags: &[Tag]) {
        let shown: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
        self.size(&format!("'[{}]'", shown.join(", ")), "tags", tags.len(), &(0..=50));
        for (number, tag) in (1..).zip(tags) {
            self.length(&format!("tags.{number}.member.key"), Some(&tag.key), 1..=128);
            self.length(&format!("tags.{number}.member.value"), Some(&tag.value), 0..=256);
        }
    }

    /// The size of a text or a list.
    pub(super) fn size(&mut self, subject: &str, member: &str, size: usize, sizes: &RangeInclusive<usize>) {
        if size < *sizes.start() {
            self.breaks(subject, member, &format!("have length greater than or equal to {}", sizes.start()));
        }
        if size > *sizes.end() {
            self.breaks(subject, member, &format!("have length less than or equal to {}", sizes.end()));
        }
    }

    /// # Errors
    /// `ValidationError` with every constraint that is broken.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        let errors = match self.broken.len() {
            0 => return Ok(()),
            1 => "1 validation error".to_owned(),
            count => format!("{count} validation errors"),
        };
        Err(ApiError::new(INVALID, format!("{errors} detected: {}", self.broken.join("; "))))
    }
}
