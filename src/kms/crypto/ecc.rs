//! ECDSA and ECDH on the NIST curves, ECDSA on secp256k1.
//!
//! Sources: FIPS 186-5, section 6; SEC 1, section 3.3.1 (ECDH); RFC 5915 and RFC 5480 (the encodings).

use p256::ecdsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rand::Rng;
use sha2::{Sha256, Sha384, Sha512};

use super::message::{SignError, digest};
use super::private_key::{KeyPair, NewKeyPair};
use super::random_from;
use crate::kms::spec::{MessageType, SigningAlgorithm};

pub(super) type P256 = p256::ecdsa::SigningKey;
pub(super) type P384 = p384::ecdsa::SigningKey;
pub(super) type P521 = p521::ecdsa::SigningKey;
pub(super) type P256K1 = k256::ecdsa::SigningKey;

/// A curve has one signing algorithm, so one hash. The crates are alike, but no trait of theirs says so shortly.
macro_rules! curve {
    ($curve:ident, $hash:ty, { $($more:tt)* }) => {
        impl NewKeyPair for $curve::ecdsa::SigningKey {
            fn generate(seed: &[u8; 32]) -> Option<Self> {
                Some(Self::generate_from_rng(&mut random_from(*seed)))
            }

            fn from_pkcs8(der: &[u8]) -> Option<Self> {
                Self::from_pkcs8_der(der).ok()
            }
        }

        impl KeyPair for $curve::ecdsa::SigningKey {
            fn to_pkcs8(&self) -> Vec<u8> {
                self.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
            }

            fn public_key(&self) -> Vec<u8> {
                self.verifying_key().to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
            }

            fn sign(&self, _: SigningAlgorithm, kind: MessageType, message: &[u8], random: [u8; 32]) -> Result<Vec<u8>, SignError> {
                let digest = digest::<$hash>(kind, message)?;
                let random = &mut random_from(random);
                // INVARIANT: neither the generator nor the crate fails; it takes digests of any length.
                let signature: $curve::ecdsa::Signature =
                    self.sign_prehash_with_rng(random, &digest).map_err(|_| SignError::Unsupported)?;
                // With s, its negative is valid too. The crate always takes the smaller on secp256k1; KMS does not, and a
                // client that needs the smaller one should find out here.
                let (r, s) = signature.split_scalars();
                let other = $curve::ecdsa::Signature::from_scalars(r, -s);
                let signature = if random.next_u32() % 2 == 0 { signature } else { other.unwrap_or(signature) };
                Ok(signature.to_der().as_bytes().to_vec())
            }

            fn verify(&self, _: SigningAlgorithm, kind: MessageType, message: &[u8], signature: &[u8]) -> Result<bool, SignError> {
                let digest = digest::<$hash>(kind, message)?;
                let Ok(signature) = $curve::ecdsa::Signature::from_der(signature) else { return Ok(false) };
                // Either s is valid, and the crate refuses the larger one on secp256k1.
                Ok(self.verifying_key().verify_prehash(&digest, &signature.normalize_s()).is_ok())
            }

            $($more)*
        }
    };
    ($curve:ident, $hash:ty, ecdh) => {
        curve! { $curve, $hash, {
            fn agree(&self, public_key: &[u8]) -> Option<Vec<u8>> {
                let peer = $curve::PublicKey::from_public_key_der(public_key).ok()?;
                Some(diffie_hellman(self.as_nonzero_scalar(), peer.as_affine()).raw_secret_bytes().to_vec())
            }
        } }
    };
}

curve! { p256, Sha256, ecdh }
curve! { p384, Sha384, ecdh }
curve! { p521, Sha512, ecdh }
curve! { k256, Sha256, {} }

#[cfg(test)]
mod tests;
