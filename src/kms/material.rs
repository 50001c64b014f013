//! Key material: the secret behind a key. A rotation adds one and keeps the others.

use super::crypto::{Cipher, PrivateKey};
use super::{KeyFamily, KeyId, KeySpec};
use crate::cloud::{Instant, Random, hex_bytes, hex_digits};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::OnceLock;

/// The id of a piece of key material: 64 hexadecimal digits in responses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaterialId(pub(crate) [u8; 32]);

impl MaterialId {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        hex_bytes(text).map(MaterialId)
    }

    /// The id that material imported into a key has: it depends on the key and on the material.
    ///
    /// Source: "ImportKeyMaterial", AWS KMS API Reference. How AWS computes it is not published.
    #[must_use]
    pub fn of_imported(key: KeyId, material: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(key.bits().to_be_bytes());
        hash.update(material);
        MaterialId(hash.finalize().into())
    }
}

impl fmt::Display for MaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_digits(&self.0))
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
pub struct Material {
    /// Its id.
    pub id: MaterialId,
    /// When it was made or imported.
    pub created: Instant,
    spec: KeySpec,
    source: Source,
    // Expanding a key costs as much as encrypting a block, of RSA as much as signing, and most keys of a world are never used.
    expanded: OnceLock<Expanded>,
}

/// Where the secret comes from.
enum Source {
    /// From the world's seed.
    Seed([u8; 32]),
    /// From a customer.
    Imported(Vec<u8>),
}

/// The secret, ready for use.
enum Expanded {
    Cipher(Box<Cipher>),
    Private(Box<PrivateKey>),
    Mac(Vec<u8>),
    /// No crate carries this spec, or the bytes are no such key.
    Unusable,
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Material").field("id", &self.id).field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl Material {
    /// The material number `generation` of a key, a function of the world's seed.
    ///
    /// `key` names the key in the seed's eyes: its ARN, or of a multi-Region key, whose material is the same everywhere, its id.
    #[must_use]
    pub fn derive(random: &Random, spec: KeySpec, key: &str, generation: usize, created: Instant) -> Self {
        let seed = random.derive(&format!("material {key} {generation}"));
        let id = MaterialId(random.derive(&format!("material id {key} {generation}")));
        Material { id, created, spec, source: Source::Seed(seed), expanded: OnceLock::new() }
    }

    /// Material that a customer brings.
    ///
    /// Nothing comes back if the bytes are no key material of this spec.
    #[must_use]
    pub fn imported(key: KeyId, spec: KeySpec, bytes: Vec<u8>, created: Instant) -> Option<Self> {
        let id = MaterialId::of_imported(key, &bytes);
        let material = Material { id, created, spec, source: Source::Imported(bytes), expanded: OnceLock::new() };
        (!matches!(material.expanded(), Expanded::Unusable)).then_some(material)
    }

    /// The cipher of a symmetric encryption key.
    pub(super) fn cipher(&self) -> Option<&Cipher> {
        match self.expanded() {
            Expanded::Cipher(cipher) => Some(cipher),
            Expanded::Private(_) | Expanded::Mac(_) | Expanded::Unusable => None,
        }
    }

    /// The private key of an asymmetric key.
    pub(super) fn private_key(&self) -> Option<&PrivateKey> {
        match self.expanded() {
            Expanded::Private(key) => Some(key),
            Expanded::Cipher(_) | Expanded::Mac(_) | Expanded::Unusable => None,
        }
    }

    /// The bytes of an HMAC key.
    pub(super) fn mac_key(&self) -> Option<&[u8]> {
        match self.expanded() {
            Expanded::Mac(bytes) => Some(bytes),
            Expanded::Cipher(_) | Expanded::Private(_) | Expanded::Unusable => None,
        }
    }

    fn expanded(&self) -> &Expanded {
        self.expanded.get_or_init(|| self.expand().unwrap_or(Expanded::Unusable))
    }

    fn expand(&self) -> Option<Expanded> {
        Some(match (self.spec.row().family, &self.source) {
            (KeyFamily::Symmetric, Source::Seed(seed)) => Expanded::Cipher(Box::new(Cipher::new(seed))),
            (KeyFamily::Symmetric, Source::Imported(bytes)) => Expanded::Cipher(Box::new(Cipher::new(&symmetric_key(bytes)?))),
            (KeyFamily::Hmac, Source::Seed(seed)) => Expanded::Mac(mac_bytes(self.spec, seed)),
            (KeyFamily::Hmac, Source::Imported(bytes)) => {
                (mac_length(self.spec)..=MAC_LONGEST).contains(&bytes.len()).then(|| Expanded::Mac(bytes.clone()))?
            }
            (_, Source::Seed(seed)) => Expanded::Private(Box::new(PrivateKey::generate(self.spec, seed)?)),
            (_, Source::Imported(bytes)) => Expanded::Private(Box::new(PrivateKey::from_pkcs8(self.spec, bytes)?)),
        })
    }
}

/// Key material as a customer would make it outside of AWS: a function of the world's seed and a name, so that the same name
/// means the same material.
#[must_use]
pub fn customer_material(random: &Random, name: &str, spec: KeySpec) -> Option<Vec<u8>> {
    let seed = random.derive(&format!("customer material {name}"));
    match spec.row().family {
        KeyFamily::Symmetric => Some(seed.to_vec()),
        KeyFamily::Hmac => Some(mac_bytes(spec, &seed)),
        KeyFamily::Rsa | KeyFamily::Ecc | KeyFamily::Sm2 => PrivateKey::generate(spec, &seed).map(|key| key.to_pkcs8()),
        KeyFamily::MlDsa | KeyFamily::MlKem => None,
    }
}

/// The AES-256 key of imported material. The material of China Regions has 16 bytes, for SM4; the model encrypts with AES-256 there, too, under a key
/// made from them.
fn symmetric_key(material: &[u8]) -> Option<[u8; 32]> {
    match material.len() {
        16 => Some(Sha256::digest(material).into()),
        _ => material.try_into().ok(),
    }
}

/// Longest HMAC key that can be imported, in bytes.
///
/// Source: "Importing key material for AWS KMS keys", AWS KMS Developer Guide: 1024 bits.
const MAC_LONGEST: usize = 128;

/// Bytes of an HMAC key that KMS makes: the length that its spec names.
#[allow(clippy::wildcard_enum_match_arm, reason = "the others are no HMAC keys")]
fn mac_length(spec: KeySpec) -> usize {
    match spec {
        KeySpec::HMAC_224 => 28,
        KeySpec::HMAC_384 => 48,
        KeySpec::HMAC_512 => 64,
        _ => 32,
    }
}

fn mac_bytes(spec: KeySpec, seed: &[u8; 32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for block in [0_u8, 1] {
        bytes.extend_from_slice(&Sha256::new().chain_update(seed).chain_update([block]).finalize());
    }
    bytes.truncate(mac_length(spec));
    bytes
}
