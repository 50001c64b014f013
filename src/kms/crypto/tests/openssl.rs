//! A second implementation: the `openssl` command. Without one these tests say so and pass.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::{MESSAGE, asymmetric, key};
use crate::kms::crypto::{PrivateKey, unwrap_key_material};
use crate::kms::spec::{EncryptionAlgorithm, KeySpec, MessageType, SigningAlgorithm, WrappingAlgorithm};

struct OpenSsl {
    folder: TempDir,
}

impl OpenSsl {
    fn find() -> Option<Self> {
        let found = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
        if !found {
            eprintln!("skipped: there is no openssl to compare with");
        }
        found.then(|| OpenSsl { folder: tempfile::tempdir().unwrap() })
    }

    /// A file with these bytes.
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// What a command prints. Arguments are parted by blanks; `{}` stands for the next file.
    #[track_caller]
    fn run(&self, command: &str, files: &[&PathBuf]) -> Vec<u8> {
        let mut files = files.iter();
        let arguments = command.split(' ').map(|word| match word {
            "{}" => files.next().unwrap().as_os_str(),
            word => OsStr::new(word),
        });
        let output = Command::new("openssl").args(arguments).output().unwrap();
        assert!(output.status.success(), "openssl {command}\n{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// The public and the private half of a key, in files that every command reads.
    fn halves(&self, key: &PrivateKey) -> (PathBuf, PathBuf) {
        let spec = key.spec();
        let public = self.file("key.public.der", &key.public_key());
        let private = self.file("key.private.der", &key.to_pkcs8());
        let public = self.run("pkey -pubin -inform DER -in {}", &[&public]);
        let private = self.run("pkey -inform DER -in {}", &[&private]);
        (self.file(&format!("{spec}.public.pem"), &public), self.file(&format!("{spec}.private.pem"), &private))
    }
}

/// The command knows no post-quantum keys before version 3.5.
fn known_to_openssl() -> impl Iterator<Item = KeySpec> {
    asymmetric().filter(|spec| !spec.name().starts_with("ML_"))
}

#[test]
fn it_reads_both_halves_of_a_key_as_we_wrote_them() {
    let Some(openssl) = OpenSsl::find() else { return };
    for spec in known_to_openssl() {
        let own = key(spec, 1);
        let public = openssl.file("public", &own.public_key());
        let private = openssl.file("private", &own.to_pkcs8());
        assert_eq!(openssl.run("pkey -pubin -inform DER -outform DER -in {}", &[&public]), own.public_key(), "{spec}");
        assert_eq!(openssl.run("pkey -inform DER -pubout -outform DER -in {}", &[&private]), own.public_key(), "{spec}");
        let written = openssl.run("pkcs8 -topk8 -nocrypt -inform DER -outform DER -in {}", &[&private]);
        assert_eq!(PrivateKey::from_pkcs8(spec, &written).unwrap().public_key(), own.public_key(), "{spec}");
    }
}

/// How the command names a signing algorithm.
fn options(algorithm: SigningAlgorithm) -> String {
    let hash = match algorithm.name() {
        "SM2DSA" => return "-sm3 -sigopt distid:1234567812345678".into(),
        name if name.ends_with("256") => "-sha256",
        name if name.ends_with("384") => "-sha384",
        _ => "-sha512",
    };
    match algorithm.name().starts_with("RSASSA_PSS") {
        true => format!("{hash} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"),
        false => hash.into(),
    }
}

#[test]
fn each_verifies_what_the_other_signed() {
    let Some(openssl) = OpenSsl::find() else { return };
    let message = openssl.file("message", MESSAGE);
    for spec in known_to_openssl().filter(|spec| *spec != KeySpec::ECC_NIST_EDWARDS25519) {
        let own = key(spec, 1);
        let (public, private) = openssl.halves(&own);
        for algorithm in spec.row().signing.iter().copied() {
            let options = options(algorithm);
            // An elliptic curve signature can have either s.
            let signatures = if spec.name().starts_with("RSA") { 1 } else { 4 };
            for random in 0..signatures {
                let signature = own.sign(algorithm, MessageType::RAW, MESSAGE, [random; 32]).unwrap();
                let signature = openssl.file("signature", &signature);
                openssl.run(&format!("dgst {options} -verify {{}} -signature {{}} {{}}"), &[&public, &signature, &message]);
                let theirs = openssl.run(&format!("dgst {options} -sign {{}} {{}}"), &[&private, &message]);
                assert_eq!(own.verify(algorithm, MessageType::RAW, MESSAGE, &theirs), Ok(true), "{spec} {algorithm}");
            }
        }
    }
}

#[test]
fn both_make_the_same_ed25519_signature() {
    let Some(openssl) = OpenSsl::find() else { return };
    let own = key(KeySpec::ECC_NIST_EDWARDS25519, 1);
    let (_, private) = openssl.halves(&own);
    let theirs = openssl.run("pkeyutl -sign -rawin -inkey {} -in {}", &[&private, &openssl.file("message", MESSAGE)]);
    assert_eq!(own.sign(SigningAlgorithm::ED25519_SHA_512, MessageType::RAW, MESSAGE, [9; 32]), Ok(theirs));
}

#[test]
fn each_decrypts_what_the_other_encrypted() {
    let Some(openssl) = OpenSsl::find() else { return };
    let message = openssl.file("message", MESSAGE);
    let oaep = "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:HASH -pkeyopt rsa_mgf1_md:HASH";
    for (spec, algorithm, options) in [
        (KeySpec::RSA_2048, EncryptionAlgorithm::RSAES_OAEP_SHA_1, oaep.replace("HASH", "sha1")),
        (KeySpec::RSA_3072, EncryptionAlgorithm::RSAES_OAEP_SHA_256, oaep.replace("HASH", "sha256")),
        (KeySpec::SM2, EncryptionAlgorithm::SM2PKE, "-pkeyopt digest:sm3".into()),
    ] {
        let own = key(spec, 1);
        let (public, private) = openssl.halves(&own);
        let theirs = openssl.run(&format!("pkeyutl -encrypt -pubin -inkey {{}} {options} -in {{}}"), &[&public, &message]);
        assert_eq!(own.decrypt(algorithm, &theirs).as_deref(), Some(MESSAGE), "{spec}");
        let ours = openssl.file("ciphertext", &own.encrypt(algorithm, MESSAGE, [9; 32]).unwrap());
        let read = openssl.run(&format!("pkeyutl -decrypt -inkey {{}} {options} -in {{}}"), &[&private, &ours]);
        assert_eq!(read, MESSAGE, "{spec}");
    }
}

#[test]
fn both_derive_the_same_shared_secret() {
    let Some(openssl) = OpenSsl::find() else { return };
    for spec in [KeySpec::ECC_NIST_P256, KeySpec::ECC_NIST_P384, KeySpec::ECC_NIST_P521] {
        let (own, peer) = (key(spec, 1), key(spec, 2));
        let peer_public = peer.public_key();
        let peer_file = openssl.file("peer", &peer_public);
        let (_, private) = openssl.halves(&own);
        let theirs = openssl.run("pkeyutl -derive -inkey {} -peerform DER -peerkey {}", &[&private, &peer_file]);
        assert_eq!(own.agree(&peer_public), Some(theirs), "{spec}");
    }
}

/// The commands are those of "Encrypt the key material" in the AWS KMS Developer Guide.
#[test]
fn material_that_it_wrapped_unwraps() {
    let Some(openssl) = OpenSsl::find() else { return };
    let wrapping_key = key(KeySpec::RSA_4096, 1);
    let (public, _) = openssl.halves(&wrapping_key);
    let oaep = "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256";
    let wrap = |file: &PathBuf| openssl.run(&format!("pkeyutl -encrypt -pubin -inkey {{}} {oaep} -in {{}}"), &[&public, file]);

    let material = openssl.file("material", &[0x42; 32]);
    let unwrapped = unwrap_key_material(&wrapping_key, WrappingAlgorithm::RSAES_OAEP_SHA_256, &wrap(&material));
    assert_eq!(unwrapped, Some(vec![0x42; 32]));

    let private_key = key(KeySpec::RSA_2048, 5).to_pkcs8();
    let material = openssl.file("material", &private_key);
    let aes_key = openssl.file("aes_key", &[0x17; 32]);
    let wrapped_key = openssl.run(&format!("enc -id-aes256-wrap-pad -iv A65959A6 -K {} -in {{}}", "17".repeat(32)), &[&material]);
    let wrapped = [wrap(&aes_key), wrapped_key].concat();
    let unwrapped = unwrap_key_material(&wrapping_key, WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_256, &wrapped);
    assert_eq!(unwrapped, Some(private_key));
}
