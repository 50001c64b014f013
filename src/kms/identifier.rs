//! The four ways to name a key, and key ids themselves.

use crate::cloud::{AccountId, Arn, Region};
use std::fmt;

/// A key id: a UUID, or `mrk-` and 32 hexadecimal digits for a multi-Region key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId {
    bits: u128,
    multi_region: bool,
}

impl KeyId {
    /// The id with these 128 bits.
    #[must_use]
    pub fn from_bits(bits: u128, multi_region: bool) -> Self {
        KeyId { bits, multi_region }
    }

    /// The ARN of the key with this id.
    #[must_use]
    pub fn arn(self, account: AccountId, region: Region) -> String {
        format!("arn:{}:kms:{region}:{account}:key/{self}", region.partition())
    }

    /// Its 128 bits, as ciphertexts carry them.
    #[must_use]
    pub fn bits(self) -> u128 {
        self.bits
    }

    /// Whether it is the id of a multi-Region key.
    #[must_use]
    pub fn is_multi_region(self) -> bool {
        self.multi_region
    }

    /// Reads a UUID in lower or upper case, or an `mrk-` id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(hex) = text.strip_prefix("mrk-") {
            return (hex.len() == 32).then(|| hexadecimal(hex.bytes())).flatten().map(|bits| KeyId { bits, multi_region: true });
        }
        let has_form = text.len() == 36 && text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
        let digits = text.bytes().filter(|byte| *byte != b'-');
        has_form.then(|| hexadecimal(digits)).flatten().map(|bits| KeyId { bits, multi_region: false })
    }
}

/// The number that at most 32 hexadecimal digits make.
fn hexadecimal(mut digits: impl Iterator<Item = u8>) -> Option<u128> {
    digits.try_fold(0_u128, |number, digit| {
        let value = char::from(digit).to_digit(16)?;
        Some((number << 4) | u128::from(value))
    })
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.multi_region {
            return write!(f, "mrk-{:032x}", self.bits);
        }
        let part = |shift: u32, mask: u128| (self.bits >> shift) & mask;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 0xffff_ffff),
            part(80, 0xffff),
            part(64, 0xffff),
            part(48, 0xffff),
            part(0, 0xffff_ffff_ffff)
        )
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key identifier as a request gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyIdentifier {
    /// A bare id, looked up in the caller's account and Region.
    Id(KeyId),
    /// A key ARN.
    Arn {
        /// Its Region.
        region: Region,
        /// Its account.
        account: AccountId,
        /// Its id.
        id: KeyId,
    },
    /// An alias name with its prefix, looked up in the caller's account and Region.
    Alias(String),
    /// An alias ARN.
    AliasArn {
        /// Its Region.
        region: Region,
        /// Its account.
        account: AccountId,
        /// `alias/name`.
        name: String,
    },
}

impl KeyIdentifier {
    /// Reads any of the four forms.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with("alias/") {
            return Some(KeyIdentifier::Alias(text.to_owned()));
        }
        if !text.starts_with("arn:") {
            return KeyId::parse(text).map(KeyIdentifier::Id);
        }
        let arn = Arn::parse(text).filter(|arn| arn.service == "kms")?;
        let (region, account) = (Region::parse(arn.region)?, AccountId::parse(arn.account)?);
        if let Some(id) = arn.resource.strip_prefix("key/") {
            return Some(KeyIdentifier::Arn { region, account, id: KeyId::parse(id)? });
        }
        arn.resource.starts_with("alias/").then(|| KeyIdentifier::AliasArn { region, account, name: arn.resource.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ids_print_as_they_were_read() {
        for text in ["1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab", "00000000-0000-0000-0000-000000000001"]
        {
            assert_eq!(KeyId::parse(text).unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "mrk-12",
            "1234abcd12ab34cd56ef1234567890ab",
            "+234abcd-12ab-34cd-56ef-1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890ag",
        ] {
            assert_eq!(KeyId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_four_forms_are_told_apart() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        assert!(matches!(KeyIdentifier::parse(id), Some(KeyIdentifier::Id(_))));
        assert!(matches!(KeyIdentifier::parse("alias/x"), Some(KeyIdentifier::Alias(_))));
        let arn = format!("arn:aws:kms:us-east-1:111111111111:key/{id}");
        assert!(matches!(KeyIdentifier::parse(&arn), Some(KeyIdentifier::Arn { .. })));
        assert!(matches!(KeyIdentifier::parse("arn:aws:kms:us-east-1:111111111111:alias/x"), Some(KeyIdentifier::AliasArn { .. })));
        assert_eq!(KeyIdentifier::parse("arn:aws:s3:::bucket"), None);
        assert_eq!(KeyIdentifier::parse("my key"), None);
    }
}
