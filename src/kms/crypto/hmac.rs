//! HMAC (FIPS 198-1, RFC 2104).

use ::hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::kms::spec::MacAlgorithm;

/// The code of a message under a key of any length.
pub(in crate::kms) fn mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    // INVARIANT: HMAC takes keys of every length.
    match algorithm {
        MacAlgorithm::HMAC_SHA_224 => over::<Hmac<Sha224>>(key, message).map(code),
        MacAlgorithm::HMAC_SHA_256 => over::<Hmac<Sha256>>(key, message).map(code),
        MacAlgorithm::HMAC_SHA_384 => over::<Hmac<Sha384>>(key, message).map(code),
        MacAlgorithm::HMAC_SHA_512 => over::<Hmac<Sha512>>(key, message).map(code),
    }
    .unwrap_or_default()
}

/// Whether a code is the message's. One of another length is not.
pub(in crate::kms) fn verify_mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8], mac: &[u8]) -> bool {
    match algorithm {
        MacAlgorithm::HMAC_SHA_224 => matches::<Hmac<Sha224>>(key, message, mac),
        MacAlgorithm::HMAC_SHA_256 => matches::<Hmac<Sha256>>(key, message, mac),
        MacAlgorithm::HMAC_SHA_384 => matches::<Hmac<Sha384>>(key, message, mac),
        MacAlgorithm::HMAC_SHA_512 => matches::<Hmac<Sha512>>(key, message, mac),
    }
}

fn over<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Option<M> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac)
}

fn code<M: Mac>(mac: M) -> Vec<u8> {
    mac.finalize().into_bytes().to_vec()
}

fn matches<M: Mac + KeyInit>(key: &[u8], message: &[u8], code: &[u8]) -> bool {
    over::<M>(key, message).is_some_and(|mac| mac.verify_slice(code).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::crypto::hex::bytes;

    /// RFC 4231, test case 2: a key that is shorter than the code.
    #[test]
    fn the_published_codes_agree() {
        for (algorithm, expected) in [
            (MacAlgorithm::HMAC_SHA_224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
            (MacAlgorithm::HMAC_SHA_256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                MacAlgorithm::HMAC_SHA_384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                MacAlgorithm::HMAC_SHA_512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let expected = bytes(expected);
            let message = b"what do ya want for nothing?";
            assert_eq!(mac(algorithm, b"Jefe", message), expected, "{algorithm}");
            assert!(verify_mac(algorithm, b"Jefe", message, &expected));
            assert!(!verify_mac(algorithm, b"Jeff", message, &expected));
            assert!(!verify_mac(algorithm, b"Jefe", b"nothing", &expected));
            assert!(!verify_mac(algorithm, b"Jefe", message, &expected[1..]), "a cut code");
            assert!(!verify_mac(algorithm, b"Jefe", message, &[]));
        }
    }

    /// RFC 4231, test case 6: a key that is longer than a block.
    #[test]
    fn a_long_key_is_hashed_first() {
        let expected = bytes("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(mac(MacAlgorithm::HMAC_SHA_256, &[0xaa; 131], message), expected);
    }
}
