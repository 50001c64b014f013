//! The private key of an asymmetric KMS key or of a data key pair.

use super::message::SignError;
use super::{ecc, ed25519, ml_dsa, ml_kem, rsa, sm2};
use crate::kms::spec::{EncryptionAlgorithm, KeySpec, MessageType, SigningAlgorithm};

/// What a kind of key can do. Each kind says what it has; the rest is not for it.
///
/// The caller has looked at the table of key specs: an algorithm that comes in is one of the key's own.
pub(super) trait KeyPair: Send + Sync {
    /// PKCS#8 in DER; empty only if the crate could not write it.
    fn to_pkcs8(&self) -> Vec<u8>;

    /// SubjectPublicKeyInfo in DER; empty only if the crate could not write it.
    fn public_key(&self) -> Vec<u8>;

    fn sign(&self, _: SigningAlgorithm, _: MessageType, _message: &[u8], _random: [u8; 32]) -> Result<Vec<u8>, SignError> {
        Err(SignError::Unsupported)
    }

    fn verify(&self, _: SigningAlgorithm, _: MessageType, _message: &[u8], _signature: &[u8]) -> Result<bool, SignError> {
        Err(SignError::Unsupported)
    }

    fn encrypt(&self, _: EncryptionAlgorithm, _plaintext: &[u8], _random: [u8; 32]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _: EncryptionAlgorithm, _ciphertext: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// How many bytes every ciphertext has, where that does not depend on the plaintext.
    fn ciphertext_bytes(&self) -> Option<usize> {
        None
    }

    fn agree(&self, _public_key: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn encapsulate(&self, _random: [u8; 32]) -> Option<(Vec<u8>, [u8; 32])> {
        None
    }

    fn decapsulate(&self, _ciphertext: &[u8]) -> Option<[u8; 32]> {
        None
    }
}

/// How a kind of key comes into being.
pub(super) trait NewKeyPair: KeyPair + Sized + 'static {
    /// The key that 32 bytes determine. It is there: the crates could refuse some seeds, but no seed is such a one.
    fn generate(seed: &[u8; 32]) -> Option<Self>;

    /// The key in a PKCS#8 structure, if it is a valid one of this kind.
    fn from_pkcs8(der: &[u8]) -> Option<Self>;
}

/// The two ways to a key of a spec.
struct Maker {
    generate: fn(&[u8; 32]) -> Option<Box<dyn KeyPair>>,
    from_pkcs8: fn(&[u8]) -> Option<Box<dyn KeyPair>>,
}

impl Maker {
    const fn of<K: NewKeyPair>() -> Option<Self> {
        Some(Maker { generate: |seed| Some(Box::new(K::generate(seed)?)), from_pkcs8: |der| Some(Box::new(K::from_pkcs8(der)?)) })
    }

    /// Nothing for specs without a public half.
    fn for_spec(spec: KeySpec) -> Option<Self> {
        match spec {
            KeySpec::RSA_2048 => Maker::of::<rsa::Key<2048>>(),
            KeySpec::RSA_3072 => Maker::of::<rsa::Key<3072>>(),
            KeySpec::RSA_4096 => Maker::of::<rsa::Key<4096>>(),
            KeySpec::ECC_NIST_P256 => Maker::of::<ecc::P256>(),
            KeySpec::ECC_NIST_P384 => Maker::of::<ecc::P384>(),
            KeySpec::ECC_NIST_P521 => Maker::of::<ecc::P521>(),
            KeySpec::ECC_SECG_P256K1 => Maker::of::<ecc::P256K1>(),
            KeySpec::ECC_NIST_EDWARDS25519 => Maker::of::<ed25519::Key>(),
            KeySpec::ML_DSA_44 => Maker::of::<ml_dsa::MlDsa44>(),
            KeySpec::ML_DSA_65 => Maker::of::<ml_dsa::MlDsa65>(),
            KeySpec::ML_DSA_87 => Maker::of::<ml_dsa::MlDsa87>(),
            KeySpec::ML_KEM_512 => Maker::of::<ml_kem::MlKem512>(),
            KeySpec::ML_KEM_768 => Maker::of::<ml_kem::MlKem768>(),
            KeySpec::ML_KEM_1024 => Maker::of::<ml_kem::MlKem1024>(),
            KeySpec::SM2 => Maker::of::<sm2::Key>(),
            KeySpec::SYMMETRIC_DEFAULT | KeySpec::HMAC_224 | KeySpec::HMAC_256 | KeySpec::HMAC_384 | KeySpec::HMAC_512 => None,
        }
    }
}

/// A private key, expanded for use. It is large: share it.
pub(in crate::kms) struct PrivateKey {
    spec: KeySpec,
    pair: Box<dyn KeyPair>,
}

impl PrivateKey {
    /// The key of a spec that 32 bytes determine. Nothing for specs without a public half.
    pub(in crate::kms) fn generate(spec: KeySpec, seed: &[u8; 32]) -> Option<Self> {
        let pair = (Maker::for_spec(spec)?.generate)(seed)?;
        Some(PrivateKey { spec, pair })
    }

    /// The key in a PKCS#8 structure, if it is a valid private key of exactly this spec. DER only: the guide allows BER,
    /// which no tool writes.
    ///
    /// Source: "Requirements for imported key material", AWS KMS Developer Guide.
    pub(in crate::kms) fn from_pkcs8(spec: KeySpec, der: &[u8]) -> Option<Self> {
        let pair = (Maker::for_spec(spec)?.from_pkcs8)(der)?;
        Some(PrivateKey { spec, pair })
    }

    /// Its spec.
    #[cfg(test)]
    pub(in crate::kms) fn spec(&self) -> KeySpec {
        self.spec
    }

    /// The key as PKCS#8 in DER: what `GenerateDataKeyPair` hands out. Post-quantum keys are in the form of a seed.
    pub(in crate::kms) fn to_pkcs8(&self) -> Vec<u8> {
        self.pair.to_pkcs8()
    }

    /// The public half as SubjectPublicKeyInfo in DER: what `GetPublicKey` hands out.
    pub(in crate::kms) fn public_key(&self) -> Vec<u8> {
        self.pair.public_key()
    }

    /// Signs. Elliptic curve signatures are in DER (ANSI X9.62). A randomised scheme draws from `random`, a
    /// deterministic one ignores it.
    ///
    /// # Errors
    /// When algorithm, message type or length are not the key's.
    pub(in crate::kms) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        kind: MessageType,
        message: &[u8],
        random: [u8; 32],
    ) -> Result<Vec<u8>, SignError> {
        self.signs_with(algorithm, kind)?;
        self.pair.sign(algorithm, kind, message, random)
    }

    /// Whether a signature is one of this message. Bytes that are no signature at all are not.
    ///
    /// # Errors
    /// When algorithm, message type or length are not the key's.
    pub(in crate::kms) fn verify(
        &self,
        algorithm: SigningAlgorithm,
        kind: MessageType,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, SignError> {
        self.signs_with(algorithm, kind)?;
        self.pair.verify(algorithm, kind, message, signature)
    }

    fn signs_with(&self, algorithm: SigningAlgorithm, kind: MessageType) -> Result<(), SignError> {
        let row = self.spec.row();
        if row.signing.contains(&algorithm) && row.message_types.contains(&kind) { Ok(()) } else { Err(SignError::Unsupported) }
    }

    /// Encrypts to the public half. Nothing for a plaintext that is too long, and for keys that do not encrypt.
    pub(in crate::kms) fn encrypt(&self, algorithm: EncryptionAlgorithm, plaintext: &[u8], random: [u8; 32]) -> Option<Vec<u8>> {
        self.encrypts_with(algorithm)?;
        self.pair.encrypt(algorithm, plaintext, random)
    }

    /// Decrypts what was encrypted to the public half.
    pub(in crate::kms) fn decrypt(&self, algorithm: EncryptionAlgorithm, ciphertext: &[u8]) -> Option<Vec<u8>> {
        self.encrypts_with(algorithm)?;
        self.pair.decrypt(algorithm, ciphertext)
    }

    /// How many bytes every ciphertext to an RSA key has.
    pub(super) fn ciphertext_bytes(&self) -> Option<usize> {
        self.pair.ciphertext_bytes()
    }

    fn encrypts_with(&self, algorithm: EncryptionAlgorithm) -> Option<()> {
        self.spec.row().encryption.contains(&algorithm).then_some(())
    }

    /// The raw ECDH secret with a peer, whose SubjectPublicKeyInfo must name the same curve.
    pub(in crate::kms) fn agree(&self, public_key: &[u8]) -> Option<Vec<u8>> {
        self.pair.agree(public_key)
    }

    /// A fresh shared secret and its encapsulation: ciphertext first.
    pub(in crate::kms) fn encapsulate(&self, random: [u8; 32]) -> Option<(Vec<u8>, [u8; 32])> {
        self.pair.encapsulate(random)
    }

    /// The shared secret in a ciphertext. Nothing only for a wrong length: a ciphertext of the right length that was
    /// not made for this key gives a secret that nobody else has.
    pub(in crate::kms) fn decapsulate(&self, ciphertext: &[u8]) -> Option<[u8; 32]> {
        self.pair.decapsulate(ciphertext)
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({})", self.spec)
    }
}
