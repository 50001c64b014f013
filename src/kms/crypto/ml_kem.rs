//! ML-KEM (FIPS 203), keys as in RFC 9935. A private key is its seed of 64 bytes; the expanded form is not read.

use ::ml_kem::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use ::ml_kem::{Ciphertext, Decapsulate, DecapsulationKey, MlKem512, MlKem768, MlKem1024};
use rand::Rng;

use super::private_key::KeyPair;
use super::random_from;
use crate::kms::spec::KeySpec;

pub(super) fn generate(spec: KeySpec, seed: &[u8; 32]) -> Option<Box<dyn KeyPair>> {
    let mut both = [0; 64];
    random_from(*seed).fill_bytes(&mut both);
    match spec {
        KeySpec::ML_KEM_512 => Some(Box::new(DecapsulationKey::<MlKem512>::from_seed(both.into()))),
        KeySpec::ML_KEM_768 => Some(Box::new(DecapsulationKey::<MlKem768>::from_seed(both.into()))),
        KeySpec::ML_KEM_1024 => Some(Box::new(DecapsulationKey::<MlKem1024>::from_seed(both.into()))),
        _ => None,
    }
}

pub(super) fn from_pkcs8(spec: KeySpec, der: &[u8]) -> Option<Box<dyn KeyPair>> {
    match spec {
        KeySpec::ML_KEM_512 => Some(Box::new(DecapsulationKey::<MlKem512>::from_pkcs8_der(der).ok()?)),
        KeySpec::ML_KEM_768 => Some(Box::new(DecapsulationKey::<MlKem768>::from_pkcs8_der(der).ok()?)),
        KeySpec::ML_KEM_1024 => Some(Box::new(DecapsulationKey::<MlKem1024>::from_pkcs8_der(der).ok()?)),
        _ => None,
    }
}

/// The crate keeps the trait to itself that would say this for all sets of parameters.
macro_rules! parameters {
    ($set:ty) => {
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

parameters! { MlKem512 }
parameters! { MlKem768 }
parameters! { MlKem1024 }
