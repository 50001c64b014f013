//! Wrapping of key material for import.
//!
//! Sources: "Encrypt the key material" and "Select a wrapping algorithm", AWS KMS Developer Guide; RFC 8017 (OAEP);
//! RFC 5649 (AES key wrap with padding); PKCS #11, `CKM_RSA_AES_KEY_WRAP`.

use aes_kw::{KeyInit, KwpAes256};
use rand::Rng;
use rand::rngs::ChaCha20Rng;

use super::rsa::{OaepHash, encrypt_to, modulus_bytes};
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
    let (wrapped_key, wrapped_material) = wrapped.split_at_checked(modulus_bytes(key.spec())?)?;
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
