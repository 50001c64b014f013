//! Ed25519 and Ed25519ph (RFC 8032), keys as in RFC 8410.

use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, KeypairBytes};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier};
use sha2::{Digest, Sha512};

use super::message::SignError;
use super::private_key::{KeyPair, NewKeyPair};
use crate::kms::spec::{MessageType, SigningAlgorithm};

pub(super) type Key = SigningKey;

impl NewKeyPair for Key {
    fn generate(seed: &[u8; 32]) -> Option<Self> {
        Some(SigningKey::from_bytes(seed))
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        SigningKey::from_pkcs8_der(der).ok()
    }
}

/// The hash that Ed25519ph signs, nothing for plain Ed25519. Each algorithm takes one message type, and KMS takes a digest
/// for the message of Ed25519ph: its 64 bytes are hashed once more.
///
/// Source: "CreateKey" and "Sign", AWS KMS API Reference, the notes on `ECC_NIST_EDWARDS25519`.
fn prehash(algorithm: SigningAlgorithm, kind: MessageType, message: &[u8]) -> Result<Option<Sha512>, SignError> {
    match (algorithm, kind) {
        (SigningAlgorithm::ED25519_SHA_512, MessageType::RAW) => Ok(None),
        (SigningAlgorithm::ED25519_PH_SHA_512, MessageType::DIGEST) if message.len() == 64 => Ok(Some(Sha512::new_with_prefix(message))),
        (SigningAlgorithm::ED25519_PH_SHA_512, MessageType::DIGEST) => Err(SignError::DigestLength),
        _ => Err(SignError::Unsupported),
    }
}

impl KeyPair for Key {
    /// Without the public half, which RFC 8410 allows and OpenSSL does not read before version 3.5.
    fn to_pkcs8(&self) -> Vec<u8> {
        let bytes = KeypairBytes { secret_key: self.to_bytes(), public_key: None };
        bytes.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn public_key(&self) -> Vec<u8> {
        self.verifying_key().to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn sign(&self, algorithm: SigningAlgorithm, kind: MessageType, message: &[u8], _: [u8; 32]) -> Result<Vec<u8>, SignError> {
        let signature = match prehash(algorithm, kind, message)? {
            None => self.try_sign(message),
            Some(hash) => self.sign_prehashed(hash, None),
        };
        // INVARIANT: only a context of more than 255 bytes is refused.
        Ok(signature.map_err(|_| SignError::Unsupported)?.to_bytes().to_vec())
    }

    fn verify(&self, algorithm: SigningAlgorithm, kind: MessageType, message: &[u8], signature: &[u8]) -> Result<bool, SignError> {
        let prehash = prehash(algorithm, kind, message)?;
        let Ok(signature) = Signature::from_slice(signature) else { return Ok(false) };
        let verified = match prehash {
            None => Verifier::verify(self, message, &signature),
            Some(hash) => self.verify_prehashed(hash, None, &signature),
        };
        Ok(verified.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::crypto::hex::bytes;

    fn key(seed: &str) -> Key {
        Key::generate(&bytes(seed).try_into().unwrap()).unwrap()
    }

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn the_published_signature_agrees() {
        let key = key("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        assert!(key.public_key().ends_with(&bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")));
        let signature = bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        let algorithm = SigningAlgorithm::ED25519_SHA_512;
        assert_eq!(KeyPair::sign(&key, algorithm, MessageType::RAW, &[0x72], [9; 32]), Ok(signature.clone()));
        assert_eq!(KeyPair::verify(&key, algorithm, MessageType::RAW, &[0x72], &signature), Ok(true));
    }

    /// RFC 8032, section 7.3: its message is "abc", which is no digest for KMS. So the crate is held to the vector, and
    /// what KMS takes for a digest to the crate.
    #[test]
    fn a_digest_is_hashed_once_more() {
        let seed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
        let crates = SigningKey::from_bytes(&bytes(seed).try_into().unwrap());
        let signature = bytes(
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41
             31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
        );
        assert_eq!(crates.sign_prehashed(Sha512::new_with_prefix(b"abc"), None).unwrap().to_vec(), signature);

        let digest = Sha512::digest(b"abc");
        let expected = crates.sign_prehashed(Sha512::new_with_prefix(digest), None).unwrap().to_vec();
        let signed = KeyPair::sign(&key(seed), SigningAlgorithm::ED25519_PH_SHA_512, MessageType::DIGEST, &digest, [9; 32]);
        assert_eq!(signed, Ok(expected.clone()));
        assert_ne!(expected, signature);
    }
}
