//! ML-DSA (FIPS 204), keys as in RFC 9881. A private key is its seed of 32 bytes; the expanded form is not read.

use ::ml_dsa::pkcs8::der::AnyRef;
use ::ml_dsa::pkcs8::spki::AssociatedAlgorithmIdentifier;
use ::ml_dsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use ::ml_dsa::{ExpandedSigningKey, MlDsaParams, Signature, SigningKey, VerifyingKey};

use super::message::SignError;
use super::private_key::{KeyPair, NewKeyPair};
use super::random_from;
use crate::kms::spec::{MessageType, SigningAlgorithm};

pub(super) type MlDsa44 = Expanded<::ml_dsa::MlDsa44>;
pub(super) type MlDsa65 = Expanded<::ml_dsa::MlDsa65>;
pub(super) type MlDsa87 = Expanded<::ml_dsa::MlDsa87>;

/// The crate writes the one form to PKCS#8 and signs at random with the other.
pub(super) struct Expanded<P: MlDsaParams> {
    key: SigningKey<P>,
    signing: ExpandedSigningKey<P>,
}

impl<P: MlDsaParams> Expanded<P> {
    fn new(key: SigningKey<P>) -> Self {
        Expanded { signing: ExpandedSigningKey::from_seed(key.as_seed()), key }
    }

    fn verifying(&self) -> &VerifyingKey<P> {
        self.key.as_ref()
    }
}

impl<P> NewKeyPair for Expanded<P>
where
    P: MlDsaParams + AssociatedAlgorithmIdentifier<Params = AnyRef<'static>> + Send + Sync + 'static,
{
    fn generate(seed: &[u8; 32]) -> Option<Self> {
        Some(Expanded::new(SigningKey::from_seed(&(*seed).into())))
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        Some(Expanded::new(SigningKey::from_pkcs8_der(der).ok()?))
    }
}

/// What is signed.
enum Signed<'m> {
    Message(&'m [u8]),
    /// The message representative µ, which the caller made of message and public key (FIPS 204, section 6.2).
    Mu([u8; 64]),
}

fn signed(kind: MessageType, message: &[u8]) -> Result<Signed<'_>, SignError> {
    match kind {
        MessageType::RAW => Ok(Signed::Message(message)),
        MessageType::EXTERNAL_MU => message.try_into().map(Signed::Mu).map_err(|_| SignError::DigestLength),
        MessageType::DIGEST => Err(SignError::Unsupported),
    }
}

impl<P> KeyPair for Expanded<P>
where
    P: MlDsaParams + AssociatedAlgorithmIdentifier<Params = AnyRef<'static>> + Send + Sync,
{
    fn to_pkcs8(&self) -> Vec<u8> {
        self.key.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn public_key(&self) -> Vec<u8> {
        self.verifying().to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    fn sign(&self, _: SigningAlgorithm, kind: MessageType, message: &[u8], random: [u8; 32]) -> Result<Vec<u8>, SignError> {
        let random = &mut random_from(random);
        let signature = match signed(kind, message)? {
            Signed::Message(message) => self.signing.sign_randomized(message, &[], random),
            Signed::Mu(mu) => self.signing.sign_mu_randomized(&mu.into(), random),
        };
        // INVARIANT: the context is short and the generator cannot fail.
        Ok(signature.map_err(|_| SignError::Unsupported)?.encode().to_vec())
    }

    fn verify(&self, _: SigningAlgorithm, kind: MessageType, message: &[u8], signature: &[u8]) -> Result<bool, SignError> {
        let signed = signed(kind, message)?;
        let Ok(signature) = Signature::<P>::try_from(signature) else { return Ok(false) };
        Ok(match signed {
            Signed::Message(message) => self.verifying().verify_with_context(message, &[], &signature),
            Signed::Mu(mu) => self.verifying().verify_mu(&mu.into(), &signature),
        })
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::kms::crypto::hex::bytes;

    struct Known {
        mu: &'static str,
        mu_without_context: &'static str,
        public_key: &'static str,
        signature: &'static str,
    }

    /// Known answers of the "post-quantum-cryptography/KAT" collection, number 0 of each file of deterministic signatures.
    /// Their context is not empty, KMS's is: so µ goes in, which was computed elsewhere from public key, context and
    /// message. Public key and signature are compared as SHA-256.
    fn check<P>(known: &Known)
    where
        P: MlDsaParams + AssociatedAlgorithmIdentifier<Params = AnyRef<'static>> + Send + Sync,
    {
        let seed: [u8; 32] = bytes("f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68").try_into().unwrap();
        let key = Expanded::<P>::new(SigningKey::from_seed(&seed.into()));
        assert_eq!(Sha256::digest(&key.public_key()[22..]).to_vec(), bytes(known.public_key));

        let algorithm = SigningAlgorithm::ML_DSA_SHAKE_256;
        let mu: [u8; 64] = bytes(known.mu).try_into().unwrap();
        let signature = key.signing.sign_mu_deterministic(&mu.into()).encode().to_vec();
        assert_eq!(Sha256::digest(&signature).to_vec(), bytes(known.signature));
        assert_eq!(key.verify(algorithm, MessageType::EXTERNAL_MU, &mu, &signature), Ok(true));

        let mu = bytes(known.mu_without_context);
        let signature = key.sign(algorithm, MessageType::EXTERNAL_MU, &mu, [9; 32]).unwrap();
        let message = bytes("6dbbc4375136df3b07f7c70e639e223e");
        assert_eq!(key.verify(algorithm, MessageType::RAW, &message, &signature), Ok(true), "µ stands for the message");
    }

    #[test]
    fn the_published_answers_agree() {
        check::<::ml_dsa::MlDsa44>(&Known {
            mu: "f7d4fcc5892e6108e05ba6397eef4225d084a112df3011199983c69d4326ea6e
                 d274ba0ea4cf6b14679c93c6c006388c5dd5363eee346d2eed5ae61dea42e221",
            mu_without_context: "01798a8d893b471595ac508a48b124ac6cb4e90c31eae5aae6c396ab515cd7dd
                                 0c37c5aae001f4500e05f20d83ab3267e8038af3786646db58cb468026e4cbcd",
            public_key: "18288249b90bcbd48d473d2a507cc3c1e95e040f639ac3333a8ed1891de14552",
            signature: "e8a1941380e7cadb3c8dfb31dd3f3986568d26e4bf2d975610e81df300267c37",
        });
        check::<::ml_dsa::MlDsa65>(&Known {
            mu: "38a02f61ee333f6e68724969cdfbc12bd0ac90ea90310950f6e4bbe36a74350f
                 697f6bd2a5fe2aec44433fafdcfaf76cd86990587b4bc5f4a5f0b6be3bc8e002",
            mu_without_context: "24c38f37292fd53dceaa118125800a09422608844ac0a3d4d5cad96da8b5a2e7
                                 92a110f5c2120e18f89f78c669a9425784acaf83e5af103a38e55f33225daf57",
            public_key: "ab0f27cfe4f84d2a9fa74d48467439df9e5dd8401f8715f82ed70e43a371400a",
            signature: "413e6b4eac737e0406fa3849b9263480667ad6123580f80e4fd3da81bda993bb",
        });
        check::<::ml_dsa::MlDsa87>(&Known {
            mu: "ccfdc6edd28a4c43768631f46cecb35090cf36d263e97a6f7d6f68c1f5d93c96
                 ebb7085c9603e1ec9bdb7c255e4101596d59e59570bf8d68ae1712b8a8385270",
            mu_without_context: "7052cc96a00a3ab6c29d5446be6da8a306f94851329daae9456fd31396d526d6
                                 87c0a2ee1ac2f1afd6b87a1c768535a5bf4f60983c41f58400cf16c1db2dde2c",
            public_key: "b509c4ebd6b5fa67009c73cc7cebe55a3f38486a24acfbf9d91dd04f63e660b5",
            signature: "8c05ed511a746a00f603cc61ee3e967b85ac2320aab03ce2035915823e608465",
        });
    }
}
