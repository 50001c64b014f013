//! Key material: the bytes behind a key. A rotation adds one and keeps the others.

use super::crypto::Cipher;
use crate::cloud::{Instant, Random};
use std::fmt;
use std::sync::OnceLock;

/// The id of a piece of key material: 64 hexadecimal digits in responses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaterialId(pub(crate) [u8; 32]);

impl fmt::Display for MaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

// Written out only when somebody reads the response: 64 digits cost more than a block of the cipher.
impl serde::Serialize for MaterialId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for MaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One piece of key material.
#[derive(Debug)]
pub struct Material {
    /// Its id.
    pub id: MaterialId,
    /// When it became the current one.
    pub created: Instant,
    bytes: [u8; 32],
    // Expanding the key costs as much as encrypting a block, and most keys of a world are never used.
    cipher: OnceLock<Box<Cipher>>,
}

impl Material {
    /// The material number `generation` of a key, a function of the world's seed.
    #[must_use]
    pub fn derive(random: &Random, key: &str, generation: usize, created: Instant) -> Self {
        let bytes = random.derive(&format!("material {key} {generation}"));
        let id = MaterialId(random.derive(&format!("material id {key} {generation}")));
        Material { id, created, bytes, cipher: OnceLock::new() }
    }

    /// The cipher of this material.
    pub(crate) fn cipher(&self) -> &Cipher {
        self.cipher.get_or_init(|| Box::new(Cipher::new(&self.bytes)))
    }
}
