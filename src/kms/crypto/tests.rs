//! What all kinds of keys have in common.

mod hostile;
mod openssl;

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::hex::bytes;
use super::{PrivateKey, SignError, unwrap_key_material, wrap_key_material};
use crate::kms::spec::{EncryptionAlgorithm, KEY_SPECS, KeySpec, MessageType, SigningAlgorithm, WrappingAlgorithm};

const MESSAGE: &[u8] = b"a message that somebody wants to keep";

/// The key of a spec that this byte determines.
fn key(spec: KeySpec, seed: u8) -> PrivateKey {
    PrivateKey::generate(spec, &[seed; 32]).unwrap()
}

fn asymmetric() -> impl Iterator<Item = KeySpec> {
    KeySpec::ALL.iter().copied().filter(|spec| spec.is_asymmetric())
}

/// Every signing algorithm with every message type that its key spec has, and a message for it.
fn signing() -> Vec<(KeySpec, SigningAlgorithm, MessageType, Vec<u8>)> {
    let mut all = Vec::new();
    for row in KEY_SPECS {
        for algorithm in row.signing {
            for kind in row.message_types {
                let raw = *kind == MessageType::RAW;
                if raw && *algorithm == SigningAlgorithm::ED25519_PH_SHA_512 || !raw && *algorithm == SigningAlgorithm::ED25519_SHA_512 {
                    continue;
                }
                let name = algorithm.name();
                let message = match raw {
                    true => MESSAGE.to_vec(),
                    false if name.ends_with("SHA_384") => Sha384::digest(MESSAGE).to_vec(),
                    false if name.ends_with("SHA_512") || *kind == MessageType::EXTERNAL_MU => Sha512::digest(MESSAGE).to_vec(),
                    false => Sha256::digest(MESSAGE).to_vec(),
                };
                all.push((row.spec, *algorithm, *kind, message));
            }
        }
    }
    all
}

#[test]
fn a_seed_determines_a_key_and_specs_without_a_public_half_have_none() {
    for spec in KeySpec::ALL.iter().copied() {
        let Some(first) = PrivateKey::generate(spec, &[1; 32]) else {
            assert!(!spec.is_asymmetric(), "{spec}");
            assert!(PrivateKey::from_pkcs8(spec, &key(KeySpec::ECC_NIST_P256, 1).to_pkcs8()).is_none());
            continue;
        };
        assert!(spec.is_asymmetric(), "{spec}");
        assert_eq!(first.spec(), spec);
        assert_eq!(key(spec, 1).to_pkcs8(), first.to_pkcs8(), "{spec}");
        assert_ne!(key(spec, 2).public_key(), first.public_key(), "{spec}");
        assert!(!first.public_key().is_empty());
    }
}

/// Worlds are made again from their seeds. Should a crate turn a seed into another key one day, this tells.
#[test]
fn the_keys_of_a_seed_stay_what_they_are() {
    let mut all = Sha256::new();
    for spec in asymmetric() {
        all.update(key(spec, 7).public_key());
    }
    assert_eq!(all.finalize().to_vec(), bytes("9b4ec3d4b306abc532417d179125c1f1e39ace91f7d31272143309ec32111fc1"));
}

#[test]
fn pkcs8_gives_the_key_back_and_only_to_its_own_spec() {
    for spec in asymmetric() {
        let der = key(spec, 3).to_pkcs8();
        for other in KeySpec::ALL.iter().copied() {
            let read = PrivateKey::from_pkcs8(other, &der).map(|key| key.public_key());
            assert_eq!(read, (other == spec).then(|| key(spec, 3).public_key()), "{spec} as {other}");
        }
        assert!(PrivateKey::from_pkcs8(spec, &[der.as_slice(), &[0]].concat()).is_none(), "{spec}: a byte too many");
        assert!(PrivateKey::from_pkcs8(spec, &der[..der.len() - 1]).is_none(), "{spec}: a byte too few");
    }
}

#[test]
fn a_key_in_a_log_says_its_spec_alone() {
    for spec in asymmetric() {
        assert_eq!(format!("{:?}", key(spec, 1)), format!("PrivateKey({spec})"));
    }
}

#[test]
fn each_signature_verifies_for_its_message_and_key_alone() {
    for (spec, algorithm, kind, message) in signing() {
        let case = format!("{spec} {algorithm} {kind}");
        let own = key(spec, 1);
        let signature = own.sign(algorithm, kind, &message, [9; 32]).unwrap();
        assert_eq!(own.verify(algorithm, kind, &message, &signature), Ok(true), "{case}");

        let mut other_message = message.clone();
        other_message[0] ^= 1;
        assert_eq!(own.verify(algorithm, kind, &other_message, &signature), Ok(false), "{case}");
        assert_eq!(key(spec, 2).verify(algorithm, kind, &message, &signature), Ok(false), "{case}");
        let mut other_signature = signature.clone();
        *other_signature.last_mut().unwrap() ^= 1;
        assert_eq!(own.verify(algorithm, kind, &message, &other_signature), Ok(false), "{case}");
        assert_eq!(own.verify(algorithm, kind, &message, &signature[1..]), Ok(false), "{case}");
        assert_eq!(own.verify(algorithm, kind, &message, b""), Ok(false), "{case}");
    }
}

/// Source: "Sign", AWS KMS API Reference: a raw message and its digest are the same to a signing algorithm.
#[test]
fn a_digest_stands_for_its_message() {
    for (spec, algorithm, kind, digest) in signing() {
        // SM2DSA hashes the signer's identity in, and Ed25519ph hashes what it is given: see their own tests.
        if kind != MessageType::DIGEST || matches!(spec, KeySpec::SM2 | KeySpec::ECC_NIST_EDWARDS25519) {
            continue;
        }
        let own = key(spec, 1);
        let signature = own.sign(algorithm, MessageType::DIGEST, &digest, [9; 32]).unwrap();
        assert_eq!(own.verify(algorithm, MessageType::RAW, MESSAGE, &signature), Ok(true), "{spec} {algorithm}");
    }
}

/// PKCS#1 v1.5 (RFC 8017, section 8.2) and Ed25519 (RFC 8032) are deterministic.
#[test]
fn randomised_schemes_draw_from_random_and_the_others_do_not() {
    for (spec, algorithm, kind, message) in signing() {
        let own = key(spec, 1);
        let sign = |random| own.sign(algorithm, kind, &message, [random; 32]).unwrap();
        let name = algorithm.name();
        let deterministic = name.starts_with("RSASSA_PKCS1") || name.starts_with("ED25519");
        assert_eq!(sign(1), sign(1), "{spec} {algorithm}");
        assert_eq!(sign(1) == sign(2), deterministic, "{spec} {algorithm}");
    }
}

#[test]
fn a_digest_of_another_length_and_an_algorithm_of_another_key_are_told_apart() {
    for (spec, algorithm, kind, message) in signing() {
        let own = key(spec, 1);
        if kind != MessageType::RAW {
            for wrong in [&message[1..], &[message.as_slice(), &[0]].concat(), b""] {
                assert_eq!(own.sign(algorithm, kind, wrong, [9; 32]), Err(SignError::DigestLength), "{spec} {algorithm}");
                assert_eq!(own.verify(algorithm, kind, wrong, &[0; 64]), Err(SignError::DigestLength), "{spec} {algorithm}");
            }
        }
    }
    for spec in asymmetric() {
        let own = key(spec, 1);
        for algorithm in SigningAlgorithm::ALL.iter().copied() {
            for kind in MessageType::ALL.iter().copied() {
                if !signing().iter().any(|known| (known.0, known.1, known.2) == (spec, algorithm, kind)) {
                    assert_eq!(own.sign(algorithm, kind, &[0; 64], [9; 32]), Err(SignError::Unsupported), "{spec} {algorithm} {kind}");
                    assert_eq!(own.verify(algorithm, kind, &[0; 64], &[0; 64]), Err(SignError::Unsupported));
                }
            }
        }
    }
}

#[test]
fn keys_decrypt_what_was_encrypted_to_them_up_to_the_longest_plaintext_of_the_table() {
    for spec in asymmetric() {
        let own = key(spec, 1);
        for algorithm in EncryptionAlgorithm::ALL.iter().copied() {
            let Some(longest) = spec.max_plaintext(algorithm) else {
                assert_eq!(own.encrypt(algorithm, MESSAGE, [9; 32]), None, "{spec} {algorithm}");
                assert_eq!(own.decrypt(algorithm, MESSAGE), None);
                continue;
            };
            for length in [1, longest] {
                let plaintext = vec![0x61; length];
                let ciphertext = own.encrypt(algorithm, &plaintext, [9; 32]).unwrap();
                assert_eq!(own.decrypt(algorithm, &ciphertext), Some(plaintext.clone()), "{spec} {algorithm} {length}");
                assert_eq!(key(spec, 2).decrypt(algorithm, &ciphertext), None, "{spec} {algorithm}: another key");
                assert_ne!(own.encrypt(algorithm, &plaintext, [8; 32]), Some(ciphertext.clone()), "randomised");
                let mut altered = ciphertext;
                *altered.last_mut().unwrap() ^= 1;
                assert_eq!(own.decrypt(algorithm, &altered), None, "{spec} {algorithm}");
            }
            // SM2PKE itself has no limit; the one of the table is a limit of the API.
            if algorithm != EncryptionAlgorithm::SM2PKE {
                assert_eq!(own.encrypt(algorithm, &vec![0x61; longest + 1], [9; 32]), None, "{spec} {algorithm}");
            }
        }
    }
}

#[test]
fn an_oaep_ciphertext_opens_with_its_own_hash_alone() {
    let own = key(KeySpec::RSA_2048, 1);
    let ciphertext = own.encrypt(EncryptionAlgorithm::RSAES_OAEP_SHA_1, MESSAGE, [9; 32]).unwrap();
    assert_eq!(own.decrypt(EncryptionAlgorithm::RSAES_OAEP_SHA_256, &ciphertext), None);
}

#[test]
fn two_parties_agree_on_one_secret_and_curves_do_not_mix() {
    for spec in asymmetric() {
        let (alice, bob) = (key(spec, 1), key(spec, 2));
        for peer in asymmetric() {
            let secret = alice.agree(&key(peer, 2).public_key());
            assert_eq!(secret.is_some(), peer == spec && !spec.row().agreement.is_empty(), "{spec} with {peer}");
        }
        if let Some(secret) = alice.agree(&bob.public_key()) {
            assert_eq!(bob.agree(&alice.public_key()), Some(secret.clone()), "{spec}");
            assert_ne!(alice.agree(&key(spec, 3).public_key()), Some(secret), "{spec}");
        }
    }
}

/// Source: "Encapsulate" and "Decapsulate", AWS KMS API Reference; FIPS 203, table 3.
#[test]
fn a_secret_comes_out_of_its_ciphertext_and_another_ciphertext_gives_another() {
    for spec in asymmetric() {
        let own = key(spec, 1);
        let Some((ciphertext, secret)) = own.encapsulate([9; 32]) else {
            assert!(spec.row().encapsulation.is_empty(), "{spec}");
            assert_eq!(own.decapsulate(&[0; 768]), None);
            continue;
        };
        let lengths = [(KeySpec::ML_KEM_512, 768), (KeySpec::ML_KEM_768, 1088), (KeySpec::ML_KEM_1024, 1568)];
        let (_, length) = *lengths.iter().find(|(known, _)| *known == spec).unwrap();
        assert_eq!(ciphertext.len(), length, "{spec}");
        assert_eq!(own.decapsulate(&ciphertext), Some(secret), "{spec}");
        assert_ne!(own.encapsulate([8; 32]).unwrap().1, secret, "{spec}");

        let rejected = own.decapsulate(&vec![0; length]).unwrap();
        assert_ne!(rejected, secret, "{spec}");
        assert_eq!(own.decapsulate(&vec![0; length]), Some(rejected), "rejected in the same way each time");
        assert_ne!(key(spec, 2).decapsulate(&ciphertext), Some(secret), "{spec}: another key");
        assert_eq!(own.decapsulate(&ciphertext[1..]), None, "{spec}: a wrong length");
    }
}

/// Every wrapping algorithm with a wrapping key that it fits.
fn wrapping() -> impl Iterator<Item = (KeySpec, WrappingAlgorithm)> {
    let fits = |spec: KeySpec, algorithm: WrappingAlgorithm| (spec == KeySpec::SM2) == (algorithm == WrappingAlgorithm::SM2PKE);
    [KeySpec::RSA_2048, KeySpec::RSA_3072, KeySpec::RSA_4096, KeySpec::SM2]
        .into_iter()
        .flat_map(|spec| WrappingAlgorithm::ALL.iter().map(move |algorithm| (spec, *algorithm)))
        .filter(move |(spec, algorithm)| fits(*spec, *algorithm) && *algorithm != WrappingAlgorithm::RSAES_PKCS1_V1_5)
}

#[test]
fn wrapped_material_unwraps_with_its_key_and_algorithm_alone() {
    for (spec, algorithm) in wrapping() {
        let own = key(spec, 1);
        let wrapped = wrap_key_material(&own.public_key(), algorithm, &[0x42; 32], [9; 32]).unwrap();
        for (other_spec, other_algorithm) in wrapping() {
            let unwrapped = unwrap_key_material(&key(other_spec, 1), other_algorithm, &wrapped);
            let expected = ((other_spec, other_algorithm) == (spec, algorithm)).then(|| vec![0x42; 32]);
            assert_eq!(unwrapped, expected, "{spec} {algorithm} as {other_spec} {other_algorithm}");
        }
        assert_eq!(unwrap_key_material(&key(spec, 2), algorithm, &wrapped), None, "{spec} {algorithm}: another key");
        assert_eq!(wrap_key_material(&own.public_key(), algorithm, b"", [9; 32]), None, "{spec} {algorithm}: nothing to wrap");
        assert_eq!(wrap_key_material(&own.public_key()[1..], algorithm, &[0x42; 32], [9; 32]), None, "{spec} {algorithm}");
    }
    let rsa = key(KeySpec::RSA_2048, 1);
    assert_eq!(wrap_key_material(&rsa.public_key(), WrappingAlgorithm::RSAES_PKCS1_V1_5, &[0x42; 32], [9; 32]), None);
    assert_eq!(wrap_key_material(&rsa.public_key(), WrappingAlgorithm::SM2PKE, &[0x42; 32], [9; 32]), None);
}

/// Source: "Select a wrapping algorithm", AWS KMS Developer Guide: private RSA keys are wrapped in two steps, and a key on
/// P-521 is too long for OAEP with a wrapping key of 2048 bits.
#[test]
fn private_keys_fit_the_wrapping_algorithms_that_the_guide_says() {
    let wrapping_key = key(KeySpec::RSA_2048, 1);
    for spec in asymmetric() {
        let material = key(spec, 5).to_pkcs8();
        let algorithm = WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_256;
        let wrapped = wrap_key_material(&wrapping_key.public_key(), algorithm, &material, [9; 32]).unwrap();
        assert_eq!(unwrap_key_material(&wrapping_key, algorithm, &wrapped), Some(material), "{spec}");
    }
    for (spec, fits) in [(KeySpec::ECC_NIST_P256, true), (KeySpec::ECC_NIST_P521, false), (KeySpec::RSA_2048, false)] {
        let material = key(spec, 5).to_pkcs8();
        let wrapped = wrap_key_material(&wrapping_key.public_key(), WrappingAlgorithm::RSAES_OAEP_SHA_256, &material, [9; 32]);
        assert_eq!(wrapped.is_some(), fits, "{spec}");
    }
}
