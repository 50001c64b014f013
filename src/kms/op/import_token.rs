//! The import token: it ties a wrapping key to one KMS key for a day.
//!
//! Nothing is kept of it: the wrapping key follows from the world's seed and the token's nonce, and a token that was altered
//! does not carry the seal that follows from its content.

use crate::cloud::{Instant, Random, Region, hex_digits};
use crate::kms::crypto::PrivateKey;
use crate::kms::{KeyId, KeyRef, KeySpec, WrappingAlgorithm, WrappingKeySpec};
use chrono::DateTime;

const MAGIC: [u8; 4] = [0x01, 0x0b, 0x00, 0x00];

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ImportToken {
    pub(super) key: KeyRef,
    pub(super) algorithm: WrappingAlgorithm,
    pub(super) spec: WrappingKeySpec,
    pub(super) valid_to: Instant,
    pub(super) nonce: [u8; 32],
}

impl ImportToken {
    /// The token's bytes: its content and a seal.
    pub(super) fn write(&self, random: &Random) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(u8::from(self.key.id.is_multi_region()));
        bytes.extend_from_slice(&self.key.id.bits().to_be_bytes());
        bytes.push(self.algorithm as u8);
        bytes.push(self.spec as u8);
        bytes.extend_from_slice(&self.valid_to.timestamp().to_be_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(self.key.region.code().as_bytes());
        let seal = seal(random, &bytes);
        bytes.extend_from_slice(&seal);
        bytes
    }

    /// Reads a token; nothing comes back for what this world did not make.
    pub(super) fn read(random: &Random, bytes: &[u8]) -> Option<Self> {
        let (content, given) = bytes.split_last_chunk::<32>()?;
        let rest = content.strip_prefix(&MAGIC)?;
        let (flags, rest) = rest.split_first()?;
        let (key, rest) = rest.split_first_chunk::<16>()?;
        let (algorithm, rest) = rest.split_first()?;
        let (spec, rest) = rest.split_first()?;
        let (valid_to, rest) = rest.split_first_chunk::<8>()?;
        let (nonce, region) = rest.split_first_chunk::<32>()?;
        let region = Region::parse(std::str::from_utf8(region).ok()?)?;
        let token = ImportToken {
            key: KeyRef { id: KeyId::from_bits(u128::from_be_bytes(*key), *flags == 1), region },
            algorithm: *WrappingAlgorithm::ALL.get(usize::from(*algorithm))?,
            spec: *WrappingKeySpec::ALL.get(usize::from(*spec))?,
            valid_to: DateTime::from_timestamp(i64::from_be_bytes(*valid_to), 0)?,
            nonce: *nonce,
        };
        (seal(random, content) == *given).then_some(token)
    }

    /// The private half of the wrapping key.
    pub(super) fn wrapping_key(&self, random: &Random) -> Option<PrivateKey> {
        let spec = match self.spec {
            WrappingKeySpec::RSA_2048 => KeySpec::RSA_2048,
            WrappingKeySpec::RSA_3072 => KeySpec::RSA_3072,
            WrappingKeySpec::RSA_4096 => KeySpec::RSA_4096,
            WrappingKeySpec::SM2 => KeySpec::SM2,
        };
        PrivateKey::generate(spec, &random.derive(&format!("wrapping key {}", hex_digits(&self.nonce))))
    }
}

fn seal(random: &Random, content: &[u8]) -> [u8; 32] {
    random.derive(&format!("import token {}", hex_digits(content)))
}
