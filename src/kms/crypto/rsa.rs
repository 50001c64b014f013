//! RSA: PKCS#1 v1.5 and PSS signatures, OAEP encryption (RFC 8017).
//!
//! Searching for primes takes 40 ms for a key of 2048 bits and can take a second for one of 4096. A learner would wait
//! for every key of a scenario, and its lint for every combination. So the primes were searched for beforehand:
//! `primes/BITS.bin` holds 256 of each length, and the seed of a key picks two. That makes 32,640 moduli of a length,
//! all of which anybody can factor with the file. For keys that protect something it would be a disaster; these
//! protect nothing. What is left to lose is that two keys of a world are the same, which one pair of keys in 32,640 is.
//!
//! `examples/rsa_primes.rs` makes the files again.

use ::rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ::rsa::traits::{PrivateKeyParts, PublicKeyParts};
use ::rsa::{BoxedUint, PrivateKey, Pss, PublicKey};
use rand::Rng;
use rand::rngs::ChaCha20Rng;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::message::{SignError, digest};
use super::private_key::{KeyPair, NewKeyPair};
use super::random_from;
use crate::kms::spec::{EncryptionAlgorithm, MessageType, SigningAlgorithm};

const PUBLIC_EXPONENT: u64 = 65537;

/// A key with a modulus of so many bits.
pub(super) struct Key<const BITS: u32>(PrivateKey);

/// 256 primes, each half as long as a modulus of so many bits, one after the other.
fn primes(bits: u32) -> &'static [u8] {
    match bits {
        2048 => include_bytes!("primes/1024.bin"),
        3072 => include_bytes!("primes/1536.bin"),
        4096 => include_bytes!("primes/2048.bin"),
        _ => &[],
    }
}

/// The prime at a place in its file.
fn prime(bits: u32, place: u8) -> Option<BoxedUint> {
    let bytes = usize::try_from(bits / 16).ok()?;
    BoxedUint::from_be_slice(primes(bits).chunks_exact(bytes).nth(place.into())?, bits / 2).ok()
}

impl<const BITS: u32> NewKeyPair for Key<BITS> {
    // INVARIANT: there is a file for the bits of every spec, and any two primes of a file make a key; a test reads the files.
    fn generate(seed: &[u8; 32]) -> Option<Self> {
        let mut random = random_from(*seed);
        let [mut p, mut q] = [0; 2];
        while p == q {
            let mut places = [0; 2];
            random.fill_bytes(&mut places);
            [p, q] = places;
        }
        let key = PrivateKey::from_p_q(prime(BITS, p)?, prime(BITS, q)?, BoxedUint::from(PUBLIC_EXPONENT));
        Some(Key(key.ok()?))
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let key = PrivateKey::from_pkcs8_der(der).ok()?;
        if key.n().bit_width_vartime() != BITS || key.primes().len() != 2 {
            return None;
        }
        // The crate checks how the numbers belong together, but not that the factors are prime. It does check each
        // signature that it makes, and with factors that are not prime the check fails.
        key.pkcs1v15_sign_prehash::<Sha256>(&[0x5a; 32]).ok()?;
        Some(Key(key))
    }
}

/// PSS with a salt as long as the hash. Blinding would hide the time that signing takes, and take half as long again.
fn pss<D: Digest>() -> Pss<D> {
    Pss { blinded: false, ..Pss::new() }
}

/// The hash of OAEP and of its mask.
#[derive(Clone, Copy)]
pub(super) enum OaepHash {
    Sha1,
    Sha256,
}

impl OaepHash {
    fn of(algorithm: EncryptionAlgorithm) -> Option<Self> {
        match algorithm {
            EncryptionAlgorithm::RSAES_OAEP_SHA_1 => Some(OaepHash::Sha1),
            EncryptionAlgorithm::RSAES_OAEP_SHA_256 => Some(OaepHash::Sha256),
            EncryptionAlgorithm::SYMMETRIC_DEFAULT | EncryptionAlgorithm::SM2PKE => None,
        }
    }
}

/// Encrypts to a public key in DER: what a client does who wraps key material.
pub(super) fn encrypt_to(public_key: &[u8], hash: OaepHash, plaintext: &[u8], random: &mut ChaCha20Rng) -> Option<Vec<u8>> {
    encrypt(&PublicKey::from_public_key_der(public_key).ok()?, hash, plaintext, random)
}

fn encrypt(key: &PublicKey, hash: OaepHash, plaintext: &[u8], random: &mut ChaCha20Rng) -> Option<Vec<u8>> {
    match hash {
        OaepHash::Sha1 => key.oaep_encrypt_with_rng::<Sha1, _>(random, plaintext).ok(),
        OaepHash::Sha256 => key.oaep_encrypt_with_rng::<Sha256, _>(random, plaintext).ok(),
    }
}

fn verify(key: &PublicKey, algorithm: SigningAlgorithm, kind: MessageType, message: &[u8], signature: &[u8]) -> Result<bool, SignError> {
    use SigningAlgorithm::*;
    let verified = match algorithm {
        RSASSA_PSS_SHA_256 => key.pss_verify_prehash::<Sha256>(&digest::<Sha256>(kind, message)?, signature),
        RSASSA_PSS_SHA_384 => key.pss_verify_prehash::<Sha384>(&digest::<Sha384>(kind, message)?, signature),
        RSASSA_PSS_SHA_512 => key.pss_verify_prehash::<Sha512>(&digest::<Sha512>(kind, message)?, signature),
        RSASSA_PKCS1_V1_5_SHA_256 => key.pkcs1v15_verify_prehash::<Sha256>(&digest::<Sha256>(kind, message)?, signature),
        RSASSA_PKCS1_V1_5_SHA_384 => key.pkcs1v15_verify_prehash::<Sha384>(&digest::<Sha384>(kind, message)?, signature),
        RSASSA_PKCS1_V1_5_SHA_512 => key.pkcs1v15_verify_prehash::<Sha512>(&digest::<Sha512>(kind, message)?, signature),
        SM2DSA | ML_DSA_SHAKE_256 | ED25519_SHA_512 | ED25519_PH_SHA_512 | ECDSA_SHA_256 | ECDSA_SHA_384 | ECDSA_SHA_512 => {
            return Err(SignError::Unsupported);
        }
    };
    Ok(verified.is_ok())
}

impl<const BITS: u32> KeyPair for Key<BITS> {
    fn to_pkcs8(&self) -> Vec<u8> {
        self.0.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn public_key(&self) -> Vec<u8> {
        self.0.as_public_key().to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn sign(&self, algorithm: SigningAlgorithm, kind: MessageType, message: &[u8], random: [u8; 32]) -> Result<Vec<u8>, SignError> {
        use SigningAlgorithm::*;
        let random = &mut random_from(random);
        let signature = match algorithm {
            RSASSA_PSS_SHA_256 => self.0.sign_with_rng(random, pss::<Sha256>(), &digest::<Sha256>(kind, message)?),
            RSASSA_PSS_SHA_384 => self.0.sign_with_rng(random, pss::<Sha384>(), &digest::<Sha384>(kind, message)?),
            RSASSA_PSS_SHA_512 => self.0.sign_with_rng(random, pss::<Sha512>(), &digest::<Sha512>(kind, message)?),
            RSASSA_PKCS1_V1_5_SHA_256 => self.0.pkcs1v15_sign_prehash::<Sha256>(&digest::<Sha256>(kind, message)?),
            RSASSA_PKCS1_V1_5_SHA_384 => self.0.pkcs1v15_sign_prehash::<Sha384>(&digest::<Sha384>(kind, message)?),
            RSASSA_PKCS1_V1_5_SHA_512 => self.0.pkcs1v15_sign_prehash::<Sha512>(&digest::<Sha512>(kind, message)?),
            SM2DSA | ML_DSA_SHAKE_256 | ED25519_SHA_512 | ED25519_PH_SHA_512 | ECDSA_SHA_256 | ECDSA_SHA_384 | ECDSA_SHA_512 => {
                return Err(SignError::Unsupported);
            }
        };
        // INVARIANT: 2048 bits are enough for every one of these digests, and the key was checked when it was made.
        signature.map_err(|_| SignError::Unsupported)
    }

    fn verify(&self, algorithm: SigningAlgorithm, kind: MessageType, message: &[u8], signature: &[u8]) -> Result<bool, SignError> {
        verify(self.0.as_public_key(), algorithm, kind, message, signature)
    }

    fn encrypt(&self, algorithm: EncryptionAlgorithm, plaintext: &[u8], random: [u8; 32]) -> Option<Vec<u8>> {
        encrypt(self.0.as_public_key(), OaepHash::of(algorithm)?, plaintext, &mut random_from(random))
    }

    fn decrypt(&self, algorithm: EncryptionAlgorithm, ciphertext: &[u8]) -> Option<Vec<u8>> {
        match OaepHash::of(algorithm)? {
            OaepHash::Sha1 => self.0.oaep_decrypt::<Sha1>(ciphertext).ok(),
            OaepHash::Sha256 => self.0.oaep_decrypt::<Sha256>(ciphertext).ok(),
        }
    }

    fn ciphertext_bytes(&self) -> Option<usize> {
        Some(self.0.size())
    }
}

#[cfg(test)]
mod tests;
