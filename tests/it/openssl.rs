//! What goes out through the door and comes in through it, against OpenSSL. Where there is none, these tests say so and pass.

use super::lab::{A, Lab, base64, bytes};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A folder for the files that openssl reads and writes.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            eprintln!("skipped: there is no openssl");
            return None;
        }
        Some(Bench { folder: tempfile::tempdir().unwrap() })
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    #[track_caller]
    fn openssl(&self, arguments: &[&str]) -> String {
        let ran = Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().unwrap();
        assert!(ran.status.success(), "openssl {}: {}", arguments.join(" "), String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }
}

#[test]
fn public_keys_are_read_and_signatures_verified_outside() {
    let Some(bench) = Bench::new() else { return };
    let mut lab = Lab::new();
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        ("RSA_2048", "RSASSA_PSS_SHA_256", "-sha256", &pss),
        ("RSA_3072", "RSASSA_PKCS1_V1_5_SHA_512", "-sha512", &[]),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "-sha256", &[]),
        ("ECC_NIST_P384", "ECDSA_SHA_384", "-sha384", &[]),
        ("ECC_NIST_P521", "ECDSA_SHA_512", "-sha512", &[]),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", "-sha256", &[]),
    ];
    bench.file("message", b"a message");
    for (spec, algorithm, hash, options) in cases {
        let key = lab.key_of(json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"}));
        let public = lab.kms(A, "Admin", "GetPublicKey", json!({"KeyId": key})).unwrap();
        bench.file("public.der", &bytes(&public["PublicKey"]));
        let request = json!({"KeyId": key, "Message": base64(b"a message"), "SigningAlgorithm": algorithm});
        let signed = lab.kms(A, "Admin", "Sign", request).unwrap();
        bench.file("signature", &bytes(&signed["Signature"]));
        let verify = ["dgst", hash, "-keyform", "DER", "-verify", "public.der", "-signature", "signature"];
        let all: Vec<&str> = verify.iter().chain(options).copied().chain(["message"]).collect();
        assert!(bench.openssl(&all).contains("Verified OK"), "{spec} {algorithm}");
    }
}

#[test]
fn what_openssl_encrypts_and_wraps_is_opened() {
    let Some(bench) = Bench::new() else { return };
    let mut lab = Lab::new();
    let oaep = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"];
    let encrypt = ["pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", "public.der", "-in", "plain", "-out", "sealed"];
    let all: Vec<&str> = encrypt.iter().chain(&oaep).copied().collect();
    let rsa = lab.key_of(json!({"KeySpec": "RSA_4096", "KeyUsage": "ENCRYPT_DECRYPT"}));
    let public = lab.kms(A, "Admin", "GetPublicKey", json!({"KeyId": rsa})).unwrap();
    bench.file("public.der", &bytes(&public["PublicKey"]));
    bench.file("plain", b"for KMS alone");
    bench.openssl(&all);
    let sealed = fs::read(bench.folder.path().join("sealed")).unwrap();
    let request = json!({"KeyId": rsa, "CiphertextBlob": base64(&sealed), "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"});
    assert_eq!(lab.kms(A, "Admin", "Decrypt", request).unwrap()["Plaintext"], base64(b"for KMS alone"));
    // The same command wraps key material for import.
    let byok = lab.key_of(json!({"Origin": "EXTERNAL"}));
    let asked = json!({"KeyId": byok, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_3072"});
    let given = lab.kms(A, "Admin", "GetParametersForImport", asked).unwrap();
    bench.file("public.der", &bytes(&given["PublicKey"]));
    bench.file("plain", &[42; 32]);
    bench.openssl(&all);
    let wrapped = fs::read(bench.folder.path().join("sealed")).unwrap();
    let request = json!({
        "KeyId": byok, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": base64(&wrapped),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    });
    lab.kms(A, "Admin", "ImportKeyMaterial", request).unwrap();
    assert!(lab.kms(A, "Admin", "Encrypt", json!({"KeyId": byok, "Plaintext": "aGk="})).is_ok());
}

#[test]
fn data_key_pairs_and_shared_secrets_are_openssls() {
    let Some(bench) = Bench::new() else { return };
    let mut lab = Lab::new();
    let wrapping = lab.key();
    for spec in ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519"] {
        let pair = lab.kms(A, "Admin", "GenerateDataKeyPair", json!({"KeyId": wrapping, "KeyPairSpec": spec})).unwrap();
        bench.file("private.der", &bytes(&pair["PrivateKeyPlaintext"]));
        bench.openssl(&["pkey", "-inform", "DER", "-in", "private.der", "-pubout", "-outform", "DER", "-out", "public.der"]);
        assert_eq!(fs::read(bench.folder.path().join("public.der")).unwrap(), bytes(&pair["PublicKey"]), "{spec}");
        // The encrypted private key is an ordinary ciphertext.
        let opened = lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": pair["PrivateKeyCiphertextBlob"]})).unwrap();
        assert_eq!(opened["Plaintext"], pair["PrivateKeyPlaintext"]);
    }
    let key = lab.key_of(json!({"KeySpec": "ECC_NIST_P384", "KeyUsage": "KEY_AGREEMENT"}));
    let ours = lab.kms(A, "Admin", "GetPublicKey", json!({"KeyId": key})).unwrap();
    bench.file("ours.der", &bytes(&ours["PublicKey"]));
    bench.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "theirs.pem"]);
    bench.openssl(&["pkey", "-in", "theirs.pem", "-pubout", "-outform", "DER", "-out", "theirs.der"]);
    bench.openssl(&["pkeyutl", "-derive", "-inkey", "theirs.pem", "-peerform", "DER", "-peerkey", "ours.der", "-out", "secret"]);
    let theirs = fs::read(bench.folder.path().join("theirs.der")).unwrap();
    let request = json!({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": base64(&theirs)});
    let derived = lab.kms(A, "Admin", "DeriveSharedSecret", request).unwrap();
    assert_eq!(bytes(&derived["SharedSecret"]), fs::read(bench.folder.path().join("secret")).unwrap());
}
