//! Bytes from outside: nothing that a learner sends stops the program.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::{MESSAGE, asymmetric, key, signing, wrapping};
use crate::kms::crypto::{PrivateKey, unwrap_key_material, wrap_key_material};
use crate::kms::spec::{EncryptionAlgorithm, KeySpec, WrappingAlgorithm};

/// What comes of one byte of a text changed, or of some bytes cut off its end.
#[derive(Clone, Debug)]
enum Damage {
    Change(prop::sample::Index, u8),
    Cut(prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<prop::sample::Index>(), 1..=u8::MAX).prop_map(|(place, bits)| Damage::Change(place, bits)),
        any::<prop::sample::Index>().prop_map(Damage::Cut),
    ]
}

fn damaged(whole: &[u8], damage: &Damage) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    match damage {
        Damage::Change(place, bits) => bytes[place.index(whole.len())] ^= bits,
        Damage::Cut(place) => bytes.truncate(place.index(whole.len())),
    }
    bytes
}

/// Everything that takes bytes takes these.
fn take(spec: KeySpec, own: &PrivateKey, bytes: &[u8]) -> TestCaseResult {
    prop_assert!(own.agree(bytes).is_none_or(|secret| !secret.is_empty()));
    for (_, algorithm, kind, message) in signing().into_iter().filter(|known| known.0 == spec) {
        prop_assert_eq!(own.verify(algorithm, kind, &message, bytes), Ok(false));
    }
    for algorithm in EncryptionAlgorithm::ALL {
        prop_assert_eq!(own.decrypt(*algorithm, bytes), None);
    }
    for algorithm in WrappingAlgorithm::ALL {
        prop_assert_eq!(unwrap_key_material(own, *algorithm, bytes), None);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_bytes_are_no_key_signature_or_ciphertext(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        for spec in asymmetric() {
            prop_assert!(PrivateKey::from_pkcs8(spec, &bytes).is_none());
            take(spec, &key(spec, 1), &bytes)?;
        }
        for algorithm in WrappingAlgorithm::ALL {
            prop_assert_eq!(wrap_key_material(&bytes, *algorithm, MESSAGE, [1; 32]), None);
        }
    }

    #[test]
    fn a_damaged_signature_does_not_verify(damage in damage()) {
        static SIGNATURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
            let sign = |(spec, algorithm, kind, message): (_, _, _, Vec<u8>)| key(spec, 1).sign(algorithm, kind, &message, [9; 32]);
            signing().into_iter().map(|case| sign(case).unwrap()).collect()
        });
        for ((spec, algorithm, kind, message), signature) in signing().into_iter().zip(SIGNATURES.iter()) {
            let verified = key(spec, 1).verify(algorithm, kind, &message, &damaged(signature, &damage));
            prop_assert_eq!(verified, Ok(false), "{} {}", spec, algorithm);
        }
    }

    #[test]
    fn damaged_wrapped_material_does_not_unwrap(damage in damage()) {
        for (spec, algorithm) in wrapping() {
            let own = key(spec, 1);
            let wrapped = damaged(&wrap_key_material(&own.public_key(), algorithm, MESSAGE, [9; 32]).unwrap(), &damage);
            prop_assert_eq!(unwrap_key_material(&own, algorithm, &wrapped), None, "{} {}", spec, algorithm);
        }
    }

    /// A private key with a changed byte can still be one; it is then used like any other.
    #[test]
    fn a_damaged_private_or_public_key_is_refused_or_works(damage in damage()) {
        for spec in asymmetric() {
            let own = key(spec, 1);
            prop_assert!(own.agree(&damaged(&own.public_key(), &damage)).is_none_or(|secret| !secret.is_empty()));
            for algorithm in WrappingAlgorithm::ALL {
                let wrapped = wrap_key_material(&damaged(&own.public_key(), &damage), *algorithm, MESSAGE, [1; 32]);
                prop_assert!(wrapped.is_none_or(|wrapped| wrapped.len() > MESSAGE.len()));
            }
            let Some(read) = PrivateKey::from_pkcs8(spec, &damaged(&own.to_pkcs8(), &damage)) else { continue };
            for (_, algorithm, kind, message) in signing().into_iter().filter(|known| known.0 == spec) {
                let signature = read.sign(algorithm, kind, &message, [9; 32]).unwrap();
                prop_assert_eq!(read.verify(algorithm, kind, &message, &signature), Ok(true), "{} {}", spec, algorithm);
            }
            for algorithm in spec.row().encryption {
                let ciphertext = read.encrypt(*algorithm, MESSAGE, [9; 32]).unwrap();
                prop_assert_eq!(read.decrypt(*algorithm, &ciphertext), Some(MESSAGE.to_vec()), "{} {}", spec, algorithm);
            }
        }
    }
}
