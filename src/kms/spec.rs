//! Key specs, key usages and algorithms, from `tables/key_specs.csv`.

use crate::cloud::{Region, RequestClass};

/// Enumerations under AWS's names. The first value is the default: AWS's own where an optional member has one.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $first:ident $(, $variant:ident)* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
            #[allow(non_camel_case_types, missing_docs, reason = "the names are AWS's, in AWS's spelling")]
            pub enum $name { #[default] $first, $($variant),* }

            impl $name {
                /// All of them.
                pub const ALL: &'static [$name] = &[$name::$first, $($name::$variant),*];

                /// AWS's name for it.
                #[must_use]
                pub fn name(self) -> &'static str {
                    match self { $name::$first => stringify!($first), $($name::$variant => stringify!($variant)),* }
                }

                /// The one of this name, in AWS's spelling.
                #[must_use]
                pub fn parse(name: &str) -> Option<Self> {
                    Self::ALL.iter().copied().find(|known| known.name() == name)
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(self.name())
                }
            }
        )*
    };
}

names! {
    /// What kind of key material a key has.
    ///
    /// Source: "Key spec reference", AWS KMS Developer Guide.
    KeySpec {
        SYMMETRIC_DEFAULT, RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1,
        ECC_NIST_EDWARDS25519, ML_DSA_44, ML_DSA_65, ML_DSA_87, ML_KEM_512, ML_KEM_768, ML_KEM_1024,
        HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2,
    }
    /// The one purpose of a key.
    KeyUsage { ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC, KEY_AGREEMENT, ENCAPSULATE_DECAPSULATE }
    /// How `Encrypt` and `Decrypt` work.
    EncryptionAlgorithm { SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE }
    /// How `Sign` and `Verify` work.
    SigningAlgorithm {
        RSASSA_PSS_SHA_256, RSASSA_PSS_SHA_384, RSASSA_PSS_SHA_512,
        RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PKCS1_V1_5_SHA_384, RSASSA_PKCS1_V1_5_SHA_512,
        ECDSA_SHA_256, ECDSA_SHA_384, ECDSA_SHA_512, SM2DSA, ML_DSA_SHAKE_256, ED25519_SHA_512, ED25519_PH_SHA_512,
    }
    /// How `GenerateMac` and `VerifyMac` work.
    MacAlgorithm { HMAC_SHA_224, HMAC_SHA_256, HMAC_SHA_384, HMAC_SHA_512 }
    /// How `DeriveSharedSecret` works.
    KeyAgreementAlgorithm { ECDH }
    /// How `Encapsulate` and `Decapsulate` work.
    EncapsulationAlgorithm { ML_KEM }
    /// What the `Message` of `Sign` and `Verify` is.
    MessageType { RAW, DIGEST, EXTERNAL_MU }
    /// Where the key material comes from.
    Origin { AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE }
    /// How long a data key is.
    DataKeySpec { AES_256, AES_128 }
    /// What `Decrypt` and `ReEncrypt` leave out of a dry run.
    DryRunModifier { IGNORE_CIPHERTEXT }
    /// Whether imported key material expires.
    ExpirationModel { KEY_MATERIAL_EXPIRES, KEY_MATERIAL_DOES_NOT_EXPIRE }
    /// Whether `ImportKeyMaterial` brings material that the key already has.
    ImportType { NEW_KEY_MATERIAL, EXISTING_KEY_MATERIAL }
    /// What `ListKeyRotations` lists.
    IncludeKeyMaterial { ROTATIONS_ONLY, ALL_KEY_MATERIAL }
    /// Whose keys `ListKeys` lists.
    ResourceOwner { SELF, OTHER_ACCOUNTS_VIA_RAM }
    /// The kind of a custom key store.
    CustomKeyStoreType { AWS_CLOUDHSM, EXTERNAL_KEY_STORE }
    /// How an external key store reaches its proxy.
    XksProxyConnectivity { PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE }
    /// Whether a custom key store is connected to its backing key store.
    ConnectionState { DISCONNECTED, CONNECTING, CONNECTED, DISCONNECTING, FAILED }
    /// Why connecting a custom key store failed.
    ConnectionErrorCode {
        INTERNAL_ERROR, NETWORK_ERRORS, CLUSTER_NOT_FOUND, INSUFFICIENT_CLOUDHSM_HSMS, INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET,
        INVALID_CREDENTIALS, SUBNET_NOT_FOUND, USER_LOCKED_OUT, USER_LOGGED_IN, USER_NOT_FOUND, XKS_PROXY_ACCESS_DENIED,
        XKS_PROXY_INVALID_CONFIGURATION, XKS_PROXY_INVALID_RESPONSE, XKS_PROXY_INVALID_TLS_CONFIGURATION, XKS_PROXY_NOT_REACHABLE,
        XKS_PROXY_TIMED_OUT, XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION, XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND,
    }
    /// How key material is wrapped for import.
    WrappingAlgorithm {
        RSAES_PKCS1_V1_5, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, RSA_AES_KEY_WRAP_SHA_1, RSA_AES_KEY_WRAP_SHA_256, SM2PKE,
    }
    /// The kind of the public key that wraps key material for import.
    WrappingKeySpec { RSA_2048, RSA_3072, RSA_4096, SM2 }
}

/// Key specs that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFamily {
    /// AES-256-GCM.
    Symmetric,
    /// RSA.
    Rsa,
    /// Elliptic curves.
    Ecc,
    /// Post-quantum signatures (FIPS 204).
    MlDsa,
    /// Post-quantum key encapsulation (FIPS 203).
    MlKem,
    /// HMAC.
    Hmac,
    /// The Chinese standard, in China Regions only.
    Sm2,
}

/// Whether China Regions have a key spec.
///
/// Source: "CreateKey", parameter KeySpec, AWS KMS API Reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InChina {
    /// As all Regions do.
    Yes,
    /// And no others do.
    Only,
    /// They have not.
    No,
}

impl KeySpecRow {
    /// Whether a Region has the spec.
    #[must_use]
    pub fn exists_in(&self, region: Region) -> bool {
        match self.china {
            InChina::Yes => true,
            InChina::Only => region.is_in_china(),
            InChina::No => !region.is_in_china(),
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct KeySpecRow {
    /// The spec.
    pub spec: KeySpec,
    /// What it is like.
    pub family: KeyFamily,
    /// What a key of it may be made for.
    pub usages: &'static [KeyUsage],
    /// For `ENCRYPT_DECRYPT`.
    pub encryption: &'static [EncryptionAlgorithm],
    /// For `SIGN_VERIFY`.
    pub signing: &'static [SigningAlgorithm],
    /// For `GENERATE_VERIFY_MAC`.
    pub mac: &'static [MacAlgorithm],
    /// For `KEY_AGREEMENT`.
    pub agreement: &'static [KeyAgreementAlgorithm],
    /// For `ENCAPSULATE_DECAPSULATE`.
    pub encapsulation: &'static [EncapsulationAlgorithm],
    /// What `Sign` takes.
    pub message_types: &'static [MessageType],
    /// Most bytes that `Encrypt` takes, by algorithm.
    pub max_plaintext: &'static [(EncryptionAlgorithm, usize)],
    /// Whether its material can be imported.
    pub importable: bool,
    /// Whether KMS rotates it.
    pub rotates: bool,
    /// Whether it can live in a custom key store.
    pub key_store: bool,
    /// Whether `GenerateDataKeyPair` makes it.
    pub data_key_pair: bool,
    /// Whether it exists in China Regions.
    pub china: InChina,
    /// How requests with it are billed.
    pub price: RequestClass,
}

/// One row per key spec, in the order of the enum.
pub static KEY_SPECS: &[KeySpecRow] = include!(concat!(env!("OUT_DIR"), "/kms_key_specs.rs"));

impl KeySpec {
    /// Its row of the table.
    #[must_use]
    pub fn row(self) -> &'static KeySpecRow {
        // INVARIANT: the table has a row per spec in the order of the enum; a test holds it to that.
        static NONE: KeySpecRow = KeySpecRow {
            spec: KeySpec::SYMMETRIC_DEFAULT,
            family: KeyFamily::Symmetric,
            usages: &[],
            encryption: &[],
            signing: &[],
            mac: &[],
            agreement: &[],
            encapsulation: &[],
            message_types: &[],
            max_plaintext: &[],
            importable: false,
            rotates: false,
            key_store: false,
            data_key_pair: false,
            china: InChina::Yes,
            price: RequestClass::Symmetric,
        };
        KEY_SPECS.get(self as usize).unwrap_or(&NONE)
    }

    /// Whether it has a public half.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        !matches!(self.row().family, KeyFamily::Symmetric | KeyFamily::Hmac)
    }

    /// Most bytes that `Encrypt` takes with an algorithm.
    #[must_use]
    pub fn max_plaintext(self, algorithm: EncryptionAlgorithm) -> Option<usize> {
        self.row().max_plaintext.iter().find(|(known, _)| *known == algorithm).map(|(_, bytes)| *bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_spec_in_the_order_of_the_enum() {
        assert_eq!(KEY_SPECS.len(), KeySpec::ALL.len());
        for (row, spec) in KEY_SPECS.iter().zip(KeySpec::ALL) {
            assert_eq!(row.spec, *spec);
            assert_eq!(KeySpec::parse(spec.name()), Some(*spec));
            assert!(!row.usages.is_empty());
        }
    }

    #[test]
    fn oaep_limits_follow_from_the_length_of_the_modulus() {
        for (spec, bytes) in [(KeySpec::RSA_2048, 256), (KeySpec::RSA_3072, 384), (KeySpec::RSA_4096, 512)] {
            for (algorithm, hash) in [(EncryptionAlgorithm::RSAES_OAEP_SHA_1, 20), (EncryptionAlgorithm::RSAES_OAEP_SHA_256, 32)] {
                assert_eq!(spec.max_plaintext(algorithm), Some(bytes - 2 * hash - 2));
            }
        }
    }
}
