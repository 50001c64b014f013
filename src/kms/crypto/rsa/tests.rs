use std::collections::BTreeSet;

use crypto_primes::hazmat::MillerRabin;
use crypto_primes::{Flavor, is_prime};
use p256::elliptic_curve::bigint::Odd;

use super::*;
use crate::kms::crypto::hex::bytes;

/// What `generate` relies on. One round is enough for numbers that nobody chose to pass it, and the generator did more.
#[test]
fn the_files_hold_256_different_primes_each_that_make_keys() {
    for bits in [2048, 3072, 4096] {
        let length = usize::try_from(bits / 16).unwrap();
        let entries: BTreeSet<&[u8]> = primes(bits).chunks(length).collect();
        assert_eq!((entries.len(), primes(bits).len()), (256, 256 * length), "{bits}");
        for entry in entries {
            assert!(entry[0] >= 0b1100_0000, "{bits}: the product of two is not as long as it should be");
            let exponent_divides = entry.iter().fold(0, |rest, byte| (rest << 8 | u64::from(*byte)) % PUBLIC_EXPONENT) == 1;
            assert!(!exponent_divides, "{bits}: the public exponent has no inverse");
            let number = Odd::new(BoxedUint::from_be_slice(entry, bits / 2).unwrap()).unwrap();
            assert!(MillerRabin::new(number).test_base_two().is_probably_prime(), "{bits}");
        }
    }
}

#[test]
fn keys_have_the_exponent_and_the_length_that_their_spec_says() {
    fn check<const BITS: u32>() {
        for seed in 0..4 {
            let Key(key) = Key::<BITS>::generate(&[seed; 32]).unwrap();
            assert_eq!(key.n().bit_width_vartime(), BITS);
            assert_eq!(*key.e(), BoxedUint::from(PUBLIC_EXPONENT));
        }
    }
    check::<2048>();
    check::<3072>();
    check::<4096>();
}

#[test]
fn a_key_whose_factors_are_not_prime_is_refused() {
    let key = |p, q| PrivateKey::from_p_q(p, q, BoxedUint::from(PUBLIC_EXPONENT)).unwrap().to_pkcs8_der().unwrap();
    let [first, second] = [0, 1].map(|place| prime(2048, place).unwrap());
    let composite = first.wrapping_add(BoxedUint::from(2_u64));
    assert!(!is_prime(Flavor::Any, &composite));
    assert!(Key::<2048>::from_pkcs8(key(first, second.clone()).as_bytes()).is_some());
    assert!(Key::<2048>::from_pkcs8(key(composite, second).as_bytes()).is_none());
}

fn public_key(modulus: &str, exponent: u64) -> PublicKey {
    PublicKey::new(BoxedUint::from_be_slice(&bytes(modulus), 2048).unwrap(), BoxedUint::from(exponent)).unwrap()
}

/// NIST, "SigGen15_186-3": 2048 bits, the first message for each hash, by its digest.
#[test]
fn the_published_pkcs1_signatures_verify() {
    let key = public_key(
        "a564d3d06be468a46958d56bb4884e2c4c28f538b7e15df35330505177789d3e1d792ad7aec7fc80a8cccf7ed4030471100401724bd4636a
         8a8244180cc655e256c00e778efe8bea55ab52d3a557075e35039d687cc0755b939a44a73033a0a6f09d2d6ae7e6593380718be00814d205
         67b1d7d48b633735e423017ff0a7b406d822f45fbb4d234028ca78abb702b18fcce13d2f69148ef584e9aaf283caab38f6946d342d600c6e
         77b7370a05ff302e5483b0faad3103d0b3e8c9c8e9eca1d4a871bdbd09585eb00dc3a488271cf6a3b767e68ea9bd2c83e8c89fd047f17915
         cf6a4c05bb9222b7e4470df5f3f1a28324c1aafcbb2236d2293041d128b0e15f",
        0x1001,
    );
    for (algorithm, digest, signature) in [
        (
            SigningAlgorithm::RSASSA_PKCS1_V1_5_SHA_256,
            "6db37525fc9d8333b6954451ce2795c747c095f2407896af214faca91fe0b6da",
            "795b0d51721469dcdf14df08eacaa83af79c2734226b3c8e048cbc4bd44ed7dc6c1efaefe1c71f017a87641827a0d3af287e8c27efa7cebf
             c9435efc7f6eab1e373551887217d08313e8ae5ef0b0efcb87c49c1f2898fcc117ac7db229d34bd4ac39a4f91377f4b5a038338e7d4cf530
             e4e00ff67bf257e27e55fa6d2c0eb21ad0bcfd65f9ea760a440cab4f904d4b817604289bc8ff96fb07c0a23b5d31abffa706241d47fb42ef
             09b7bec820e6076ebe7e1e0f4eefe755bab2cbcae557aab8208bb681d5381c1d09b4ccf1100f33cad1990efb507062ea51de3dfae0821f10
             6b4b052244c379d0d32de7a56ee17a7d9a5dca2b472f0d3eefa05f4e02fc0295",
        ),
        (
            SigningAlgorithm::RSASSA_PKCS1_V1_5_SHA_384,
            "ecc488eddf445bf3b8fc452b120396e5deb3fd5b07b2bc0a0eeb19792059572ce870b4b8d3dacbdb1f26eeb7be5c2cbd",
            "18f57a57bdaa5cde7b1ccc571ae27ec701d800b7fe2fa856b4702343cc728baee8096585cae6b684e177abdf20cffc0a2e2d4d52d103d06a
             a2f43790a63e1fc0c94a1d72aaeef28934d8234be6ac69d503656967ece11e9dc5ad4c7fc65188274ff07660a21ba498556c1d0efc3e381d
             ac279a90bc80c042f868fbcc109e566892495a9217bda692db965970a5128369e3727f135397e1d829cbb6b4d5c29d6c2dff1b7f42fa26fa
             2c1d130f9e29a8e3eca0575d6e9b1f0d558995d170e52f9db3aea4f8fbfb1fdc679e729ea19de8c783179751c912ca81b45fa5d0bbe34a50
             c9ac2872efe2eeee9b1cfead25d918a4a2a5a4438c9aa59a87a5678920c580a4",
        ),
        (
            SigningAlgorithm::RSASSA_PKCS1_V1_5_SHA_512,
            "21721c8f9d32c25c8c3a7a61db7307677826a691a33e202eb96cdc5f6c1211e6e286e389bd7f01f49c038ef9db90637bf92e9c14a2993da3
             8908ddc3649e14ca",
            "16a2b02fe235b63a8b2ac07af130f60cf44f7f608b78295d2f0964a6de0974eb082ff628c8bfc122293fe39ca8336c61710f71007e55ba79
             2958fd71924d2bc6194b301792ec276b6dbe44d5f82cc55699a9966129d3f6920b6f99aac03ccc28816925c791c3319b2a0847e000e7bd9c
             6eb5bb29ff06badfc7848e66f57eeb19a758300a3cf4ee905f641bf65415dbab47c3773557f83b7ca3e4ac8a5eed698d4ea6795f42e50aff
             41fdbbbc96ee636ca2eac0046f0e986e975f6d3294cda85381155e5ecf9a8148756d4a3e2fb43cf45049bd7cc54a9cefb9276ffdaa11a12d
             e93d2c1da4035a34cd4fc75fc526f3912e592078f8abc510829df8ff84c524de",
        ),
    ] {
        let verified = verify(&key, algorithm, MessageType::DIGEST, &bytes(digest), &bytes(signature));
        assert_eq!(verified, Ok(true), "{algorithm}");
        assert_eq!(verify(&key, SigningAlgorithm::RSASSA_PSS_SHA_256, MessageType::RAW, b"", &bytes(signature)), Ok(false));
    }
}

/// Wycheproof, "rsa_pss_2048_sha256_mgf1_32", test 1: the empty message, a salt as long as the hash.
#[test]
fn the_published_pss_signature_verifies() {
    let key = public_key(
        "a2b451a07d0aa5f96e455671513550514a8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a1700f65903b46942
         9e89d6eac8845097b5ab393189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e254a2fe9765313a03eff8f17e1a02939
         7a1fa26a8dce26f490ed81299615d9814c22da610428e09c7d9658594266f5c021d0fceca08d945a12be82de4d1ece6b4c03145b5d3495d4
         ed5411eb878daf05fd7afc3e09ada0f1126422f590975a1969816f48698bcbba1b4d9cae79d460d8f9f85e7975005d9bc22c4e5ac0f7c1a4
         5d12569a62807d3b9a02e5a530e773066f453d1f5b4c2e9cf7820283f742b9d5",
        PUBLIC_EXPONENT,
    );
    let signature = bytes(
        "4f01e0c12b08625ecac89a69231906edf826380f37c959a96690d046316d68ffce9d5c471694fcebfc6b45534864689256e4fc81c78e583f
         675d0c94b449647451e81beff01a11a516d5e5ce3f1a910437cb8a3a5096b19fb15f4524a35b23d89cdba12cf5b71aac1047b28c562df7c5
         542c34ce23a182cf7e0e231934b17294799d44877a1d68ef1b8f073619b7618e6b7c22db20030d98cf591ffc3d4da5f58613ecd5ecfc3b40
         a1d02f40891ca43695cd4c088b05a8054c89c595a47e274816f35384226f74459ee63e25a1bfc03c360490552ec38343f8ace502f065303b
         00bc0ec320711b211fde92e57feb9013c3609342495ec0d7cabdec21e54acc38",
    );
    assert_eq!(verify(&key, SigningAlgorithm::RSASSA_PSS_SHA_256, MessageType::RAW, b"", &signature), Ok(true));
    assert_eq!(verify(&key, SigningAlgorithm::RSASSA_PSS_SHA_256, MessageType::RAW, b"a", &signature), Ok(false));
    assert_eq!(verify(&key, SigningAlgorithm::RSASSA_PKCS1_V1_5_SHA_256, MessageType::RAW, b"", &signature), Ok(false));
}

/// The OAEP vectors of the pyca/cryptography collection, derived from NIST's: SHA-256 and MGF1 with SHA-256, example 1.
#[test]
fn the_published_oaep_ciphertext_decrypts() {
    let prime = |hex| BoxedUint::from_be_slice(&bytes(hex), 1024).unwrap();
    let key = PrivateKey::from_p_q(
        prime(
            "e7e2f373592c2b9919851f238f1b1b67e9c761bbf252b334d5a12a6ea66974a1cb5f57dfa0595298f143ef958f7450571c31c682b91ea26a
             0349383088cbedd87e7edc6cb5287a56d7f73c31d02df6e3c58b01c27efdac951e279a3318951520c44c3903e5dc793c3cdacc40ad06551b
             d219bd6ecfd1c3f4f8ea513674ab286d",
        ),
        prime(
            "cc2279fb888ba03c22c6613bb1466c9e2cd161d99bbec2f75af82cf7f0e43eb1a8a8bc23c24fc2838bffb94e791811073da55c53e07e1fec
             63cefd066dc631e25e74dae715ab3cc18b5e56ff2a786ddee92d32dc5bd4df849cb8246e3f42c1279985c5cb6909b0630424dc8a82d56043
             87e95fbb248720636b8e7208ca1f0639",
        ),
        BoxedUint::from(PUBLIC_EXPONENT),
    )
    .unwrap();
    let ciphertext = bytes(
        "6afdbc76de74458198a9c890cc5abb52580af01c2096036dca104d67f96a05de682da5c26970a808343527440aa80b9d043045d7983f442a
         3d376e5b039bcfb96c1b5fd0e46b5fff85646273293ced5e7272993850017f24f6133591d5c9788781a9952873ebfc45ad4d34fff2b4e9ab
         abf49d9f9a3d7726bdce3eb2feb545db5cfef0b183bd55735a2d356b4278c5580ce0e4cfd21a0a3ad3b225de388fcfd688394710f97d5a39
         33e01d434fcff732542390f8915d5d291780ed63d425c0bea5bb0ad25aae3a70355e3f45a443ea111b80515b743d5bd226d339dc7516ce6c
         41414a0aa978198bc6762f443e957c7be5edbd25fcdd226c5d967fa05d7c9079",
    );
    let plaintext = bytes("6628194e12073db03ba94cda9ef9532397d50dba79b987004afefe34");
    assert_eq!(Key::<2048>(key).decrypt(EncryptionAlgorithm::RSAES_OAEP_SHA_256, &ciphertext), Some(plaintext));
}
