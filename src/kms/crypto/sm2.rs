//! SM2 (GM/T 0003): SM2DSA and SM2PKE with SM3, and ECDH on its curve. For China Regions.

use ::sm2::dsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
use ::sm2::dsa::signature::{RandomizedSigner, Verifier};
use ::sm2::dsa::{DerSignature, Signature, SigningKey};
use ::sm2::elliptic_curve::Generate;
use ::sm2::elliptic_curve::ecdh::diffie_hellman;
use ::sm2::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ::sm2::pke::{DecryptingKey, EncryptingKey};
use ::sm2::{PublicKey, SecretKey};
use rand::rngs::ChaCha20Rng;

use super::message::SignError;
use super::private_key::KeyPair;
use super::random_from;
use crate::kms::spec::{EncryptionAlgorithm, MessageType, SigningAlgorithm};

/// What KMS takes for the signer's identity, which SM2DSA hashes with the message.
///
/// Source: "Offline verification with SM2 key pairs (China Regions only)", AWS KMS Developer Guide.
const DISTINGUISHING_ID: &str = "1234567812345678";

struct Key {
    private: SecretKey,
    signing: SigningKey,
}

pub(super) fn generate(seed: &[u8; 32]) -> Option<Box<dyn KeyPair>> {
    expand(SecretKey::generate_from_rng(&mut random_from(*seed)))
}

pub(super) fn from_pkcs8(der: &[u8]) -> Option<Box<dyn KeyPair>> {
    expand(SecretKey::from_pkcs8_der(der).ok()?)
}

fn expand(private: SecretKey) -> Option<Box<dyn KeyPair>> {
    // INVARIANT: only an identity of more than 8191 bytes is refused.
    let signing = SigningKey::new(DISTINGUISHING_ID, &private).ok()?;
    Some(Box::new(Key { private, signing }))
}

/// Encrypts to a public key in DER: what a client does who wraps key material.
pub(super) fn encrypt_to(public_key: &[u8], plaintext: &[u8], random: &mut ChaCha20Rng) -> Option<Vec<u8>> {
    encrypt(PublicKey::from_public_key_der(public_key).ok()?, plaintext, random)
}

/// The ciphertext is in ASN.1 (GM/T 0009), which is the form that KMS takes and gives.
fn encrypt(key: PublicKey, plaintext: &[u8], random: &mut ChaCha20Rng) -> Option<Vec<u8>> {
    EncryptingKey::new(key).encrypt_der(random, plaintext).ok()
}

impl KeyPair for Key {
    fn to_pkcs8(&self) -> Vec<u8> {
        self.private.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn public_key(&self) -> Vec<u8> {
        self.private.public_key().to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    /// The digest of SM2DSA is not the message's alone: it is SM3 of the signer's hash and the message, and whoever
    /// signs a `DIGEST` has computed it with the identity.
    fn sign(&self, _: SigningAlgorithm, kind: MessageType, message: &[u8], random: [u8; 32]) -> Result<Vec<u8>, SignError> {
        let random = &mut random_from(random);
        let signature: Result<Signature, _> = match kind {
            MessageType::RAW => self.signing.try_sign_with_rng(random, message),
            MessageType::DIGEST if message.len() == 32 => self.signing.sign_prehash_with_rng(random, message),
            MessageType::DIGEST => return Err(SignError::DigestLength),
            MessageType::EXTERNAL_MU => return Err(SignError::Unsupported),
        };
        // INVARIANT: it fails when r is zero or -k, which no message will ever show.
        let signature = signature.map_err(|_| SignError::Unsupported)?;
        Ok(DerSignature::from(signature).as_bytes().to_vec())
    }

    fn verify(&self, _: SigningAlgorithm, kind: MessageType, message: &[u8], signature: &[u8]) -> Result<bool, SignError> {
        let signature = DerSignature::from_bytes(signature).and_then(Signature::try_from);
        let key = self.signing.verifying_key();
        let verified = match (kind, signature) {
            (MessageType::EXTERNAL_MU, _) => return Err(SignError::Unsupported),
            (MessageType::DIGEST, _) if message.len() != 32 => return Err(SignError::DigestLength),
            (_, Err(_)) => return Ok(false),
            (MessageType::RAW, Ok(signature)) => key.verify(message, &signature),
            (MessageType::DIGEST, Ok(signature)) => key.verify_prehash(message, &signature),
        };
        Ok(verified.is_ok())
    }

    fn encrypt(&self, _: EncryptionAlgorithm, plaintext: &[u8], random: [u8; 32]) -> Option<Vec<u8>> {
        encrypt(self.private.public_key(), plaintext, &mut random_from(random))
    }

    fn decrypt(&self, _: EncryptionAlgorithm, ciphertext: &[u8]) -> Option<Vec<u8>> {
        DecryptingKey::new(self.private.clone()).decrypt_der(ciphertext).ok()
    }

    fn agree(&self, public_key: &[u8]) -> Option<Vec<u8>> {
        let peer = PublicKey::from_public_key_der(public_key).ok()?;
        Some(diffie_hellman(self.private.to_nonzero_scalar(), peer.as_affine()).raw_secret_bytes().to_vec())
    }
}
