//! Ed25519 and Ed25519ph (RFC 8032), keys as in RFC 8410.

use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier};
use sha2::{Digest, Sha512};

use super::message::SignError;
use super::private_key::KeyPair;
use crate::kms::spec::{MessageType, SigningAlgorithm};

pub(super) fn generate(seed: &[u8; 32]) -> Box<dyn KeyPair> {
    Box::new(SigningKey::from_bytes(seed))
}

pub(super) fn from_pkcs8(der: &[u8]) -> Option<Box<dyn KeyPair>> {
    Some(Box::new(SigningKey::from_pkcs8_der(der).ok()?))
}

/// The two ways to sign, each with the one message type that it takes.
///
/// Source: "CreateKey", AWS KMS API Reference, the note at `ECC_NIST_EDWARDS25519`.
enum Scheme {
    /// The message as it is.
    Pure,
    /// Its 64 bytes are hashed once more: KMS takes the digest for the message of Ed25519ph.
    Prehashed(Sha512),
}

fn scheme(algorithm: SigningAlgorithm, kind: MessageType, message: &[u8]) -> Result<Scheme, SignError> {
    match (algorithm, kind) {
        (SigningAlgorithm::ED25519_SHA_512, MessageType::RAW) => Ok(Scheme::Pure),
        (SigningAlgorithm::ED25519_PH_SHA_512, MessageType::DIGEST) if message.len() == 64 => {
            Ok(Scheme::Prehashed(Sha512::new_with_prefix(message)))
        }
        (SigningAlgorithm::ED25519_PH_SHA_512, MessageType::DIGEST) => Err(SignError::DigestLength),
        _ => Err(SignError::Unsupported),
    }
}

impl KeyPair for SigningKey {
    fn to_pkcs8(&self) -> Vec<u8> {
        self.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn public_key(&self) -> Vec<u8> {
        self.verifying_key().to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn sign(&self, algorithm: SigningAlgorithm, kind: MessageType, message: &[u8], _: [u8; 32]) -> Result<Vec<u8>, SignError> {
        let signature = match scheme(algorithm, kind, message)? {
            Scheme::Pure => self.try_sign(message),
            Scheme::Prehashed(hash) => self.sign_prehashed(hash, None),
        };
        // INVARIANT: only a context of more than 255 bytes is refused.
        Ok(signature.map_err(|_| SignError::Unsupported)?.to_bytes().to_vec())
    }

    fn verify(&self, algorithm: SigningAlgorithm, kind: MessageType, message: &[u8], signature: &[u8]) -> Result<bool, SignError> {
        let scheme = scheme(algorithm, kind, message)?;
        let Ok(signature) = Signature::from_slice(signature) else { return Ok(false) };
        let verified = match scheme {
            Scheme::Pure => Verifier::verify(self, message, &signature),
            Scheme::Prehashed(hash) => self.verify_prehashed(hash, None, &signature),
        };
        Ok(verified.is_ok())
    }
}
