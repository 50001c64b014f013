//! ML-KEM (FIPS 203), keys as in RFC 9935. A private key is its seed of 64 bytes; the expanded form is not read.

use ::ml_kem::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use ::ml_kem::{Ciphertext, Decapsulate, DecapsulationKey};
use rand::Rng;

use super::private_key::{KeyPair, NewKeyPair};
use super::random_from;

pub(super) type MlKem512 = DecapsulationKey<::ml_kem::MlKem512>;
pub(super) type MlKem768 = DecapsulationKey<::ml_kem::MlKem768>;
pub(super) type MlKem1024 = DecapsulationKey<::ml_kem::MlKem1024>;

/// The crate keeps the trait to itself that would say this for all sets of parameters.
macro_rules! parameters {
    ($set:ty) => {
        impl NewKeyPair for DecapsulationKey<$set> {
            fn generate(seed: &[u8; 32]) -> Option<Self> {
                let mut both = [0; 64];
                random_from(*seed).fill_bytes(&mut both);
                Some(DecapsulationKey::from_seed(both.into()))
            }

            fn from_pkcs8(der: &[u8]) -> Option<Self> {
                DecapsulationKey::from_pkcs8_der(der).ok()
            }
        }

        impl KeyPair for DecapsulationKey<$set> {
            fn to_pkcs8(&self) -> Vec<u8> {
                self.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
            }

            fn public_key(&self) -> Vec<u8> {
                self.encapsulation_key().to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
            }

            fn encapsulate(&self, random: [u8; 32]) -> Option<(Vec<u8>, [u8; 32])> {
                let (ciphertext, secret) = self.encapsulation_key().encapsulate_deterministic(&random.into());
                Some((ciphertext.to_vec(), secret.into()))
            }

            fn decapsulate(&self, ciphertext: &[u8]) -> Option<[u8; 32]> {
                let ciphertext = Ciphertext::<$set>::try_from(ciphertext).ok()?;
                Some(Decapsulate::decapsulate(self, &ciphertext).into())
            }
        }
    };
}

parameters! { ::ml_kem::MlKem512 }
parameters! { ::ml_kem::MlKem768 }
parameters! { ::ml_kem::MlKem1024 }

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use crate::kms::crypto::PrivateKey;
    use crate::kms::crypto::hex::bytes;
    use crate::kms::spec::KeySpec;

    /// Known answers of the "post-quantum-cryptography/KAT" collection, number 0 of each file: the seed (d, z) and m give
    /// the public key, the ciphertext (both as SHA-256 here) and the secret.
    #[test]
    fn the_published_answers_agree() {
        let seed = bytes(
            "6dbbc4375136df3b07f7c70e639e223e177e7fd53b161b3f4d57791794f12624
             f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68",
        );
        let m: [u8; 32] = bytes("20a7b7e10f70496cc38220b944def699bf14d14e55cf4c90a12c1b33fc80ffff").try_into().unwrap();
        for (spec, set, public_key, ciphertext, secret) in [
            (
                KeySpec::ML_KEM_512,
                1,
                "52dc02b703fa93eca2c397b50e21af7d57066d5137ecf27a303d7b960380e3b2",
                "92e6bff643a518181a8c618d340c0c138f99eba6606cd1861915ec116c8bcf5e",
                "2b5c52ee72946331983ba050be0f435055c0547901e03559b356517889ea27c5",
            ),
            (
                KeySpec::ML_KEM_768,
                2,
                "4bec4730f26273c6319ef7387dd4758315240a9394cd89264b148b9113060b61",
                "4191f5596ebe7ff14461854e6c2885763c439b881166e4337ca5084ee6cf2c6e",
                "b408d5d115713f0a93047dbbea832e4340787686d59a9a2d106bd662ba0aa035",
            ),
            (
                KeySpec::ML_KEM_1024,
                3,
                "b6dff88f25fef3b0bbee12f9c5fe8174c6df6f300e0d975419cef692759d6906",
                "1308cc7803ede254c1704f62ec82930d34394b27983d8f0b5c33d68d173648b4",
                "23f211b84a6ee20c8c29f6e5314c91b414e940513d380add17bd724ab3a13a52",
            ),
        ] {
            // RFC 9935, section 6: the algorithm's identifier ends in the number of the set of parameters.
            let header = bytes(&format!("3054 020100 300b 0609 6086480165030404 0{set} 0442 8040"));
            let der = [header, seed.clone()].concat();
            let key = PrivateKey::from_pkcs8(spec, &der).unwrap();
            assert_eq!(key.to_pkcs8(), der, "{spec}");

            let raw = &key.public_key()[22..];
            assert_eq!(Sha256::digest(raw).to_vec(), bytes(public_key), "{spec}");
            let (encapsulated, shared) = key.encapsulate(m).unwrap();
            assert_eq!(Sha256::digest(&encapsulated).to_vec(), bytes(ciphertext), "{spec}");
            assert_eq!(shared.to_vec(), bytes(secret), "{spec}");
            assert_eq!(key.decapsulate(&encapsulated), Some(shared), "{spec}");
        }
    }
}
