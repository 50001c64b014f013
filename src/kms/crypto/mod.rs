//! The cryptography of every key spec behind one small interface. No other module names a cipher or a curve.
//!
//! It knows key specs, algorithms and bytes: nothing of keys, states and policies. Everything is a function of its
//! arguments; what a randomised scheme draws comes in as 32 bytes.
//!
//! The keys protect nothing. A world makes them from its seed, anybody can make them again, and nobody should keep a
//! secret in a model. So the crates are asked for right results at a good speed, and not for protection from whoever
//! watches the machine.

mod aes;
mod ecc;
mod ed25519;
mod hmac;
mod message;
mod ml_dsa;
mod ml_kem;
mod private_key;
mod rsa;
mod sm2;
mod wrap;

#[cfg(test)]
mod hex;
#[cfg(test)]
mod tests;

pub use aes::Cipher;
pub(in crate::kms) use aes::{NONCE, TAG};
pub(in crate::kms) use hmac::{mac, verify_mac};
pub(in crate::kms) use message::SignError;
pub(in crate::kms) use private_key::PrivateKey;
pub(in crate::kms) use wrap::unwrap_key_material;
pub use wrap::wrap_key_material;

use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

/// The generator that a crate draws from when it asks for one.
fn random_from(seed: [u8; 32]) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(seed)
}
