//! ML-DSA (FIPS 204), keys as in RFC 9881. A private key is its seed of 32 bytes; the expanded form is not read.

use ::ml_dsa::pkcs8::der::AnyRef;
use ::ml_dsa::pkcs8::spki::AssociatedAlgorithmIdentifier;
use ::ml_dsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use ::ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, SigningKey, VerifyingKey};

use super::message::SignError;
use super::private_key::KeyPair;
use super::random_from;
use crate::kms::spec::{KeySpec, MessageType, SigningAlgorithm};

pub(super) fn generate(spec: KeySpec, seed: &[u8; 32]) -> Option<Box<dyn KeyPair>> {
    let seed = &(*seed).into();
    match spec {
        KeySpec::ML_DSA_44 => Some(Box::new(Expanded::new(SigningKey::<MlDsa44>::from_seed(seed)))),
        KeySpec::ML_DSA_65 => Some(Box::new(Expanded::new(SigningKey::<MlDsa65>::from_seed(seed)))),
        KeySpec::ML_DSA_87 => Some(Box::new(Expanded::new(SigningKey::<MlDsa87>::from_seed(seed)))),
        _ => None,
    }
}

pub(super) fn from_pkcs8(spec: KeySpec, der: &[u8]) -> Option<Box<dyn KeyPair>> {
    match spec {
        KeySpec::ML_DSA_44 => Some(Box::new(Expanded::new(SigningKey::<MlDsa44>::from_pkcs8_der(der).ok()?))),
        KeySpec::ML_DSA_65 => Some(Box::new(Expanded::new(SigningKey::<MlDsa65>::from_pkcs8_der(der).ok()?))),
        KeySpec::ML_DSA_87 => Some(Box::new(Expanded::new(SigningKey::<MlDsa87>::from_pkcs8_der(der).ok()?))),
        _ => None,
    }
}

/// The crate writes the one form to PKCS#8 and signs at random with the other.
struct Expanded<P: MlDsaParams> {
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
