//! Randomness from a seed, so that equal worlds hold equal keys.

use rand::rngs::ChaCha20Rng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A generator whose bytes are a function of the seed and of what was drawn before.
#[derive(Debug)]
pub struct Random {
    seed: u64,
    stream: ChaCha20Rng,
}

// The generator refuses to be copied by accident; a cloned world must go on exactly like its original.
impl Clone for Random {
    fn clone(&self) -> Self {
        Random { seed: self.seed, stream: ChaCha20Rng::deserialize_state(&self.stream.serialize_state()) }
    }
}

impl Random {
    /// The generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Random { seed, stream: ChaCha20Rng::seed_from_u64(seed) }
    }

    /// The next `N` bytes of the stream.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.fill_bytes(&mut bytes);
        bytes
    }

    /// Fills a buffer from the stream.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.stream.fill_bytes(bytes);
    }

    /// How much has been drawn, in words of four bytes.
    #[must_use]
    pub fn position(&self) -> u64 {
        u64::try_from(self.stream.get_word_pos()).unwrap_or(u64::MAX)
    }

    /// Goes on as if so much had been drawn: see [`Random::position`].
    pub fn seek(&mut self, position: u64) {
        self.stream.set_word_pos(u128::from(position));
    }

    /// Thirty-two bytes that depend on the seed and on the name alone, not on what was drawn before: key
    /// material made when it is first used is the same whenever that is.
    #[must_use]
    pub fn derive(&self, name: &str) -> [u8; 32] {
        derive(self.seed, name)
    }

    /// The seed that all of it comes from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A version 4 UUID from [`Random::derive`]: the identifiers of what a file describes stay the same when
    /// something else is added to it.
    #[must_use]
    pub fn uuid(&self, name: &str) -> String {
        uuid(self.seed, name)
    }

    /// `length` hexadecimal digits from [`Random::derive`], at most 64: EC2-style resource ids.
    #[must_use]
    pub fn hex(&self, name: &str, length: usize) -> String {
        let mut all = hex_digits(&self.derive(name));
        all.truncate(length);
        all
    }
}

/// Bytes as hexadecimal digits in lower case. Ids are made of them for every call of a load, so nothing is allocated twice.
pub(crate) fn hex_digits(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The thirty-two bytes that 64 hexadecimal digits stand for; nothing for any other text.
pub(crate) fn hex_bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    let mut digits = text.bytes().map(|digit| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    for byte in &mut bytes {
        *byte = (digits.next()?? << 4) | digits.next()??;
    }
    Some(bytes)
}

/// Thirty-two bytes that are a function of a seed and a name.
pub(super) fn derive(seed: u64, name: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"kmsprep derive");
    hash.update(seed.to_be_bytes());
    hash.update(name.as_bytes());
    hash.finalize().into()
}

/// A version 4 UUID that is a function of a seed and a name.
pub(super) fn uuid(seed: u64, name: &str) -> String {
    let hash = derive(seed, name);
    let mut hex = hex_digits(hash.first_chunk::<16>().unwrap_or(&[0; 16]));
    hex.replace_range(12..13, "4");
    let variant = match hex.as_bytes().get(16).copied().unwrap_or(b'0') % 4 {
        0 => "8",
        1 => "9",
        2 => "a",
        _ => "b",
    };
    hex.replace_range(16..17, variant);
    for at in [8, 13, 18, 23] {
        hex.insert(at, '-');
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_read_as_they_are_written() {
        let bytes = Random::new(7).derive("some");
        assert_eq!(hex_bytes(&hex_digits(&bytes)), Some(bytes));
        for wrong in ["", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(hex_bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_stream_goes_on_from_where_it_is_set() {
        let mut first = Random::new(7);
        let _: [u8; 7] = first.bytes();
        let position = first.position();
        let expected: [u8; 33] = first.bytes();
        let mut second = Random::new(7);
        second.seek(position);
        assert_eq!(second.bytes(), expected);
    }

    #[test]
    fn derived_values_do_not_depend_on_what_was_drawn() {
        let mut random = Random::new(7);
        let before = random.uuid("key");
        let _: [u8; 8] = random.bytes();
        assert_eq!(random.uuid("key"), before);
        assert_ne!(Random::new(8).uuid("key"), before);
        assert_eq!(before.len(), 36);
        assert_eq!(before.as_bytes()[14], b'4');
    }
}
