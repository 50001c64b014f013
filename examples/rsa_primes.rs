//! Makes the files of primes from which `kms/crypto/rsa.rs` puts RSA keys together.
//!
//! `cargo run --release --example rsa_primes` writes `src/kms/crypto/primes/BITS.bin` again, byte for byte: the
//! candidates come from ChaCha20 with the number of bits as its seed, and which of them are prime is a fact. It takes four
//! minutes.

use std::collections::BTreeSet;
use std::path::Path;

use crypto_primes::{Flavor, is_prime};
use rand::rngs::ChaCha20Rng;
use rand::{Rng, SeedableRng};
use rsa::BoxedUint;

/// How many primes a file holds. A byte of a key's seed names one.
const COUNT: usize = 256;
const PUBLIC_EXPONENT: u32 = 65537;
const TRIAL_DIVISORS: u32 = 20_000;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kms/crypto/primes");
    for bits in [1024, 1536, 2048] {
        std::fs::write(folder.join(format!("{bits}.bin")), primes(bits))?;
        println!("{COUNT} primes of {bits} bits");
    }
    Ok(())
}

fn primes(bits: u32) -> Vec<u8> {
    let divisors: Vec<u32> = (3..TRIAL_DIVISORS).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).collect();
    let mut random = ChaCha20Rng::seed_from_u64(u64::from(bits));
    let mut found = BTreeSet::new();
    let mut file = Vec::new();
    let mut candidate = vec![0; bits as usize / 8];
    while found.len() < COUNT {
        random.fill_bytes(&mut candidate);
        // Both top bits set: the product of two has exactly twice as many bits. The last bit set: odd.
        if let Some(first) = candidate.first_mut() {
            *first |= 0b1100_0000;
        }
        if let Some(last) = candidate.last_mut() {
            *last |= 1;
        }
        // Most candidates have a small divisor, and dividing costs less than a primality test.
        if divisors.iter().any(|divisor| remainder(&candidate, *divisor) == 0) {
            continue;
        }
        // The public exponent needs an inverse modulo p - 1; it is prime, so p = 1 is the only remainder in its way.
        if remainder(&candidate, PUBLIC_EXPONENT) == 1 {
            continue;
        }
        let Ok(number) = BoxedUint::from_be_slice(&candidate, bits) else { continue };
        if is_prime(Flavor::Any, &number) && found.insert(candidate.clone()) {
            file.extend_from_slice(&candidate);
        }
    }
    file
}

fn remainder(number: &[u8], divisor: u32) -> u32 {
    let divisor = u64::from(divisor);
    let rest = number.iter().fold(0, |rest, byte| (rest << 8 | u64::from(*byte)) % divisor);
    // INVARIANT: less than the divisor, which is a u32.
    rest as u32
}
