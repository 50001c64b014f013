//! What is signed: the message, or the digest that the caller made of it.

use sha2::Digest;

use crate::kms::spec::MessageType;

/// Why there is no signature, and none could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::kms) enum SignError {
    /// A digest or a µ of a length that the algorithm does not have.
    #[error("the digest has the wrong length for the signing algorithm")]
    DigestLength,
    /// The key has no such algorithm, or the algorithm takes no such message type.
    #[error("the key, the signing algorithm and the message type do not fit together")]
    Unsupported,
}

/// The digest that an algorithm with the hash `D` signs.
///
/// Source: "Sign", AWS KMS API Reference, `MessageType`.
pub(super) fn digest<D: Digest>(kind: MessageType, message: &[u8]) -> Result<Vec<u8>, SignError> {
    match kind {
        MessageType::RAW => Ok(D::digest(message).to_vec()),
        MessageType::DIGEST if message.len() == <D as Digest>::output_size() => Ok(message.to_vec()),
        MessageType::DIGEST => Err(SignError::DigestLength),
        MessageType::EXTERNAL_MU => Err(SignError::Unsupported),
    }
}
