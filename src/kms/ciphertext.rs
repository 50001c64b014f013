//! The ciphertext blob of symmetric keys. It carries which key and which material made it, so that an old
//! ciphertext decrypts after rotation and a foreign one is recognised.
//!
//! ```text
//! magic 4 | flags 1 | key id 16 | material id 32 | nonce 12 | ciphertext and tag
//! ```
//!
//! AWS does not publish its own format; see `docs/fidelity.md`.

use super::KeyId;
use super::crypto::{NONCE, TAG};
use super::material::MaterialId;

const MAGIC: [u8; 4] = [0x01, 0x02, 0x02, 0x00];
const MULTI_REGION: u8 = 1;
/// Bytes that a blob has more than its plaintext.
pub(crate) const OVERHEAD: usize = 4 + 1 + 16 + 32 + NONCE + TAG;

/// A parsed blob.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ciphertext<'b> {
    pub(crate) key: KeyId,
    pub(crate) material: MaterialId,
    pub(crate) nonce: [u8; NONCE],
    pub(crate) sealed: &'b [u8],
}

impl<'b> Ciphertext<'b> {
    /// Reads a blob; nothing comes back for what no key of ours can have made.
    pub(crate) fn parse(blob: &'b [u8]) -> Option<Self> {
        let rest = blob.strip_prefix(&MAGIC)?;
        let (flags, rest) = rest.split_first()?;
        let (key, rest) = rest.split_first_chunk::<16>()?;
        let (material, rest) = rest.split_first_chunk::<32>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        (*flags <= MULTI_REGION && sealed.len() >= TAG).then_some(Ciphertext {
            key: KeyId::from_bits(u128::from_be_bytes(*key), *flags == MULTI_REGION),
            material: MaterialId(*material),
            nonce: *nonce,
            sealed,
        })
    }

    /// Writes a blob.
    pub(crate) fn write(key: KeyId, material: MaterialId, nonce: &[u8; NONCE], sealed: &[u8]) -> Vec<u8> {
        let mut blob = Vec::with_capacity(OVERHEAD - TAG + sealed.len());
        blob.extend_from_slice(&MAGIC);
        blob.push(u8::from(key.is_multi_region()));
        blob.extend_from_slice(&key.bits().to_be_bytes());
        blob.extend_from_slice(&material.0);
        blob.extend_from_slice(nonce);
        blob.extend_from_slice(sealed);
        blob
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_reads_back_and_garbage_does_not() {
        let key = KeyId::from_bits(42, true);
        let blob = Ciphertext::write(key, MaterialId([7; 32]), &[1; NONCE], &[9; 20]);
        let read = Ciphertext::parse(&blob).unwrap();
        assert_eq!((read.key, read.material, read.sealed.len()), (key, MaterialId([7; 32]), 20));
        for length in 0..OVERHEAD {
            assert_eq!(Ciphertext::parse(blob.get(..length).unwrap()), None);
        }
        assert_eq!(Ciphertext::parse(&[0; 200]), None);
    }
}
