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
use super::private_key::{KeyPair, NewKeyPair};
use super::random_from;
use crate::kms::spec::{EncryptionAlgorithm, MessageType, SigningAlgorithm};

/// What KMS takes for the signer's identity, which SM2DSA hashes with the message.
///
/// Source: "Offline verification with SM2 key pairs (China Regions only)", AWS KMS Developer Guide.
const DISTINGUISHING_ID: &str = "1234567812345678";

pub(super) struct Key {
    private: SecretKey,
    signing: SigningKey,
}

impl Key {
    fn new(private: SecretKey) -> Option<Self> {
        // INVARIANT: only an identity of more than 8191 bytes is refused.
        let signing = SigningKey::new(DISTINGUISHING_ID, &private).ok()?;
        Some(Key { private, signing })
    }
}

impl NewKeyPair for Key {
    fn generate(seed: &[u8; 32]) -> Option<Self> {
        Key::new(SecretKey::generate_from_rng(&mut random_from(*seed)))
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        Key::new(SecretKey::from_pkcs8_der(der).ok()?)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::crypto::hex::bytes;
    use crate::kms::crypto::random_from;

    fn key() -> Key {
        let scalar = bytes("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8");
        Key::new(SecretKey::from_slice(&scalar).unwrap()).unwrap()
    }

    /// GM/T 0003.5, annex A: the key, a signature of "message digest" with the default identity.
    #[test]
    fn the_published_signature_verifies() {
        let public_key = key().public_key();
        assert!(public_key.ends_with(&bytes(
            "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020
             CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
        )));
        let signature = bytes(
            "3046 022100 F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
                  022100 B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
        );
        let algorithm = SigningAlgorithm::SM2DSA;
        assert_eq!(key().verify(algorithm, MessageType::RAW, b"message digest", &signature), Ok(true));
        assert_eq!(key().verify(algorithm, MessageType::RAW, b"message digests", &signature), Ok(false));

        // The same document's e: SM3 of the signer's hash and the message.
        let digest = bytes("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640");
        assert_eq!(key().verify(algorithm, MessageType::DIGEST, &digest, &signature), Ok(true));
    }

    /// GM/T 0003.5, annex C: a ciphertext for the same key; GM/T 0009 puts it into ASN.1.
    #[test]
    fn the_published_ciphertext_decrypts() {
        let ciphertext = bytes(
            "307C 0220 04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73
                  022100 E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0
                  0420 59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766
                  0413 21886CA989CA9C7D58087307CA93092D651EFA",
        );
        let plaintext = key().decrypt(EncryptionAlgorithm::SM2PKE, &ciphertext);
        assert_eq!(plaintext.as_deref(), Some(b"encryption standard".as_slice()));
        let ours = encrypt_to(&key().public_key(), b"encryption standard", &mut random_from([1; 32])).unwrap();
        assert_eq!(key().decrypt(EncryptionAlgorithm::SM2PKE, &ours), plaintext);
    }
}
