//! Wrapping of key material for import.
//!
//! Sources: "Encrypt the key material" and "Select a wrapping algorithm", AWS KMS Developer Guide; RFC 8017 (OAEP);
//! RFC 5649 (AES key wrap with padding); PKCS #11, `CKM_RSA_AES_KEY_WRAP`.

use aes_kw::{KeyInit, KwpAes256};
use rand::Rng;
use rand::rngs::ChaCha20Rng;

use super::rsa::{OaepHash, encrypt_to};
use super::{PrivateKey, random_from, sm2};
use crate::kms::spec::{EncryptionAlgorithm, WrappingAlgorithm};

/// Wraps key material with a public key in DER, as a client does before `ImportKeyMaterial`.
///
/// Nothing comes back for a key that does not fit the algorithm, for material that is too long for OAEP or empty, and
/// for `RSAES_PKCS1_V1_5`, which KMS stopped supporting on 10 October 2023.
#[must_use]
pub fn wrap_key_material(public_key: &[u8], algorithm: WrappingAlgorithm, material: &[u8], random: [u8; 32]) -> Option<Vec<u8>> {
    if material.is_empty() {
        return None;
    }
    let random = &mut random_from(random);
    match algorithm {
        WrappingAlgorithm::RSAES_OAEP_SHA_1 => encrypt_to(public_key, OaepHash::Sha1, material, random),
        WrappingAlgorithm::RSAES_OAEP_SHA_256 => encrypt_to(public_key, OaepHash::Sha256, material, random),
        WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_1 => wrap_in_two(public_key, OaepHash::Sha1, material, random),
        WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_256 => wrap_in_two(public_key, OaepHash::Sha256, material, random),
        WrappingAlgorithm::SM2PKE => sm2::encrypt_to(public_key, material, random),
        WrappingAlgorithm::RSAES_PKCS1_V1_5 => None,
    }
}

/// The material in what [`wrap_key_material`] made.
pub(in crate::kms) fn unwrap_key_material(key: &PrivateKey, algorithm: WrappingAlgorithm, wrapped: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        WrappingAlgorithm::RSAES_OAEP_SHA_1 => key.decrypt(EncryptionAlgorithm::RSAES_OAEP_SHA_1, wrapped),
        WrappingAlgorithm::RSAES_OAEP_SHA_256 => key.decrypt(EncryptionAlgorithm::RSAES_OAEP_SHA_256, wrapped),
        WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_1 => unwrap_in_two(key, EncryptionAlgorithm::RSAES_OAEP_SHA_1, wrapped),
        WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_256 => unwrap_in_two(key, EncryptionAlgorithm::RSAES_OAEP_SHA_256, wrapped),
        WrappingAlgorithm::SM2PKE => key.decrypt(EncryptionAlgorithm::SM2PKE, wrapped),
        WrappingAlgorithm::RSAES_PKCS1_V1_5 => None,
    }
}

/// An AES key made for the occasion and wrapped with OAEP, followed by the material wrapped with that AES key.
fn wrap_in_two(public_key: &[u8], hash: OaepHash, material: &[u8], random: &mut ChaCha20Rng) -> Option<Vec<u8>> {
    let mut aes_key = [0; 32];
    random.fill_bytes(&mut aes_key);
    let mut wrapped = encrypt_to(public_key, hash, &aes_key, random)?;
    wrapped.extend(key_wrap(&aes_key, material)?);
    Some(wrapped)
}

fn unwrap_in_two(key: &PrivateKey, algorithm: EncryptionAlgorithm, wrapped: &[u8]) -> Option<Vec<u8>> {
    let (wrapped_key, wrapped_material) = wrapped.split_at_checked(key.ciphertext_bytes()?)?;
    let aes_key: [u8; 32] = key.decrypt(algorithm, wrapped_key)?.try_into().ok()?;
    key_unwrap(&aes_key, wrapped_material)
}

fn key_wrap(aes_key: &[u8; 32], material: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = vec![0; material.len().next_multiple_of(8) + 8];
    Some(KwpAes256::new(aes_key.into()).wrap_key(material, &mut buffer).ok()?.to_vec())
}

fn key_unwrap(aes_key: &[u8; 32], wrapped: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = vec![0; wrapped.len()];
    let material = KwpAes256::new(aes_key.into()).unwrap_key(wrapped, &mut buffer).ok()?;
    (!material.is_empty()).then(|| material.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::crypto::hex::bytes;

    /// NIST's test vectors of KWP-AE with AES-256 ("Key Wrap Validation System"): 9 and 31 bytes. Those of RFC 5649 have an
    /// AES-192 key, which KMS does not take.
    #[test]
    fn the_published_wrapped_keys_agree() {
        for (key, material, wrapped) in [
            (
                "70da43aac823c6dd37d1109f5b18feb4503c973288989745e2cc1cc21d9570c6",
                "edf17d966ed896aee3",
                "d67b5b2ad15c645450e23b5e7b6d682f8ae20e716d470db7",
            ),
            (
                "e9bb7f44c7baafbf392ab912589a2f8db53268106eafb74689bb1833136e6113",
                "ffe952604834bff899e63658f34246815c91597eb40a21729e0a8a959b61f2",
                "15b9f06fbc765e5e3d55d6b824616f21921d2a6918ee7bf1406b524274e170b4a78333ca5ee92af5",
            ),
        ] {
            let key: [u8; 32] = bytes(key).try_into().unwrap();
            let (material, mut wrapped) = (bytes(material), bytes(wrapped));
            assert_eq!(key_wrap(&key, &material), Some(wrapped.clone()));
            assert_eq!(key_unwrap(&key, &wrapped), Some(material));
            wrapped[5] ^= 1;
            assert_eq!(key_unwrap(&key, &wrapped), None);
        }
    }

    #[test]
    fn every_length_comes_back_and_lengths_that_no_wrapping_has_do_not() {
        for length in 1..=40 {
            let wrapped = key_wrap(&[7; 32], &vec![1; length]).unwrap();
            assert_eq!(wrapped.len(), length.next_multiple_of(8) + 8);
            assert_eq!(key_unwrap(&[7; 32], &wrapped), Some(vec![1; length]));
        }
        for length in 0..=17 {
            assert_eq!(key_unwrap(&[7; 32], &vec![1; length]), None, "{length} bytes");
        }
    }
}
