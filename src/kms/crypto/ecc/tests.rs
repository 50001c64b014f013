use super::*;
use crate::kms::crypto::PrivateKey;
use crate::kms::crypto::hex::bytes;
use crate::kms::spec::KeySpec;

/// The key with this private scalar.
fn key(spec: KeySpec, scalar: &str) -> PrivateKey {
    let scalar = bytes(scalar);
    let der = match spec.name() {
        "ECC_NIST_P256" => p256::SecretKey::from_slice(&scalar).unwrap().to_pkcs8_der(),
        "ECC_NIST_P384" => p384::SecretKey::from_slice(&scalar).unwrap().to_pkcs8_der(),
        "ECC_NIST_P521" => p521::SecretKey::from_slice(&scalar).unwrap().to_pkcs8_der(),
        _ => k256::SecretKey::from_slice(&scalar).unwrap().to_pkcs8_der(),
    };
    PrivateKey::from_pkcs8(spec, der.unwrap().as_bytes()).unwrap()
}

/// The DER of a signature (RFC 3279, section 2.2.3).
fn der(r: &str, s: &str) -> Vec<u8> {
    let integer = |number: &str| {
        let mut bytes: Vec<u8> = bytes(number).into_iter().skip_while(|byte| *byte == 0).collect();
        if bytes[0] >= 0x80 {
            bytes.insert(0, 0);
        }
        [&[2, u8::try_from(bytes.len()).unwrap()], bytes.as_slice()].concat()
    };
    let content = [integer(r), integer(s)].concat();
    let length = u8::try_from(content.len()).unwrap();
    let header = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    [header, content].concat()
}

/// RFC 6979, appendices A.2.5 to A.2.7: "sample", each curve with its own hash.
#[test]
fn the_published_signatures_on_the_nist_curves_verify() {
    for (spec, algorithm, scalar, r, s) in [
        (
            KeySpec::ECC_NIST_P256,
            SigningAlgorithm::ECDSA_SHA_256,
            "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            KeySpec::ECC_NIST_P384,
            SigningAlgorithm::ECDSA_SHA_384,
            "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
            "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
            "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
        ),
        (
            KeySpec::ECC_NIST_P521,
            SigningAlgorithm::ECDSA_SHA_512,
            "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466
             F6D8FBEC67DB89EC0C08B0E996B83538",
            "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931
             D7D4E8455CC91F9B15BF05EC36E377FA",
            "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A
             20F8CCB1DCCC43997F1EE0E44DA4A67A",
        ),
    ] {
        let key = key(spec, scalar);
        let signature = der(r, s);
        assert_eq!(key.verify(algorithm, MessageType::RAW, b"sample", &signature), Ok(true), "{spec}");
        assert_eq!(key.verify(algorithm, MessageType::RAW, b"test", &signature), Ok(false), "{spec}");
    }
}

/// The secp256k1 vectors (K-256, SHA-256) of the pyca/cryptography collection, made like NIST's: messages 1 and 2, by their
/// digests. The second has the larger s.
#[test]
fn the_published_signatures_on_secp256k1_verify_whichever_s_they_have() {
    for (scalar, digest, r, s) in [
        (
            "42202a98374f6dca439c0af88140e41f8eced3062682ec7f9fc8ac9ea83c7cb2",
            "5ae8317d34d1e595e3fa7247db80c0af4320cce1116de187f8f7e2e099c0d8d0",
            "d89f9586070230bb03e625cca18c89bb3117cd472ff6ee2a50809f0e89039309",
            "45972842e92e3a41abeea1089d812eb5343ca8f075ac9c66e13f3db287048638",
        ),
        (
            "d89996aada18436e87a5feaccf3fece96977cde0b89d44aedd914ee76e94da1c",
            "586052916fb6f746e1d417766cceffbe1baf95579bab67ad49addaaa6e798862",
            "40927e35b7b847a198e130312d5d9264325895892d4a9c262c323ecf500a5759",
            "b2a9f6e8660e5bc6eb78a81b76c1eb9c56d8d6860eaabfe9cb58a3587594cdfe",
        ),
    ] {
        let key = key(KeySpec::ECC_SECG_P256K1, scalar);
        let verified = key.verify(SigningAlgorithm::ECDSA_SHA_256, MessageType::DIGEST, &bytes(digest), &der(r, s));
        assert_eq!(verified, Ok(true));
    }
}

/// KMS does not prefer the smaller s, so neither do we.
#[test]
fn signatures_on_secp256k1_have_either_s() {
    let key = PrivateKey::generate(KeySpec::ECC_SECG_P256K1, &[1; 32]).unwrap();
    let small = (0..32)
        .map(|random| key.sign(SigningAlgorithm::ECDSA_SHA_256, MessageType::RAW, b"m", [random; 32]).unwrap())
        .filter(|signature| {
            let signature = k256::ecdsa::Signature::from_der(signature).unwrap();
            signature.normalize_s() == signature
        })
        .count();
    assert!((8..=24).contains(&small), "{small} of 32");
}

/// RFC 5903, section 8: both private values and the secret.
#[test]
fn the_published_shared_secrets_agree() {
    for (spec, i, r, secret) in [
        (
            KeySpec::ECC_NIST_P256,
            "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
            "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
            "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE",
        ),
        (
            KeySpec::ECC_NIST_P384,
            "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB194",
            "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD55A7448FC",
            "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A270F59746",
        ),
        (
            KeySpec::ECC_NIST_P521,
            "0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A095AA85A30FE1C2952C6771D937BA9777F595
             7B2639BAB072462F68C27A57382D4A52",
            "0145BA99A847AF43793FDD0E872E7CDFA16BE30FDC780F97BCCC3F078380201E9C677D600B343757A3BDBF2A3163E4C2F869
             CCA7458AA4A4EFFC311F5CB151685EB9",
            "01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04D1427E73CA4BAA240A34786859810C06B3C7
             15A3A8CC3151F2BEE417996D19F3DDEA",
        ),
    ] {
        let (initiator, responder) = (key(spec, i), key(spec, r));
        assert_eq!(initiator.agree(&responder.public_key()), Some(bytes(secret)), "{spec}");
        assert_eq!(responder.agree(&initiator.public_key()), Some(bytes(secret)), "{spec}");
    }
}
