//! AES-256-GCM, the cipher of symmetric keys.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};

/// Length of the nonce, in bytes.
pub(in crate::kms) const NONCE: usize = 12;
/// Length of the authentication tag, in bytes.
pub(in crate::kms) const TAG: usize = 16;

/// An expanded AES-256 key.
pub struct Cipher(Aes256Gcm);

impl Cipher {
    /// Expands a key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Cipher(Aes256Gcm::new(key.into()))
    }

    /// Encrypts and authenticates; the result is the ciphertext followed by its tag. Nothing comes back
    /// only for a message of more than 64 GiB.
    #[must_use]
    pub fn seal(&self, nonce: &[u8; NONCE], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        self.0.encrypt(&Nonce::from(*nonce), Payload { msg: plaintext, aad }).ok()
    }

    /// Decrypts, if ciphertext, tag and associated data belong together.
    #[must_use]
    pub fn open(&self, nonce: &[u8; NONCE], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad }).ok()
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::crypto::hex::bytes;

    /// Test case 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega.
    #[test]
    fn the_published_vector_of_aes_256_gcm_agrees() {
        let key: [u8; 32] = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let nonce: [u8; 12] = bytes("cafebabefacedbaddecaf888").try_into().unwrap();
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plaintext = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let sealed = bytes(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
        );
        let cipher = Cipher::new(&key);
        assert_eq!(cipher.seal(&nonce, &aad, &plaintext).unwrap(), sealed);
        assert_eq!(cipher.open(&nonce, &aad, &sealed).unwrap(), plaintext);
        assert_eq!(cipher.open(&nonce, b"other", &sealed), None);
    }
}
