//! AWS KMS: keys, states, material, ciphertexts, aliases, grants and rotation, behind one [`Door`].
//!
//! What KMS knows about its operations is data: `tables/operations.csv` and `tables/key_states.csv`.
//! It knows nothing of the services that call it.

mod authorise;
mod ciphertext;
mod condition;
mod context;
mod crypto;
mod default_policy;
mod door;
mod grant;
mod identifier;
mod key;
mod lifecycle;
mod limits;
mod managed;
mod material;
mod op;
mod operation;
mod record;
mod request;
mod response;
mod rules;
mod spec;
mod state;
mod store;
mod target;

pub(crate) use ciphertext::Ciphertext;
pub use context::EncryptionContext;
pub use crypto::Cipher;
pub use default_policy::default_key_policy;
pub use door::Door;
pub use grant::{GRANT_OPERATIONS, Grant, GrantConstraint, GrantMiss, GrantSet};
pub use identifier::{KeyId, KeyIdentifier};
pub use key::{AutomaticRotation, Deletion, Key, KeyManager, NewKey, Origin, Rotation, Wait};
pub use material::{Material, MaterialId};
pub use operation::{IdentifierKind, OPERATIONS, Operation, OperationRow, Parameter, Permission, PermissionTarget};
pub use request::{
    AliasTargetRequest, Blob, CreateGrantRequest, CreateKeyRequest, DecryptRequest, DeleteAliasRequest, EnableKeyRotationRequest,
    EncryptRequest, GenerateDataKeyRequest, GenerateRandomRequest, GetKeyPolicyRequest, GrantConstraints, KeyRequest, ListGrantsRequest,
    ListRequest, ListRetirableGrantsRequest, PutKeyPolicyRequest, ReEncryptRequest, Request, RetireGrantRequest, RevokeGrantRequest,
    ScheduleKeyDeletionRequest, Tag, TagResourceRequest, UntagResourceRequest, UpdateKeyDescriptionRequest,
};
pub use response::{CreateGrantResponse, DataKeyResponse, DecryptResponse, EncryptResponse, ReEncryptResponse, Response};
pub use rules::Rules;
pub use spec::{
    EncapsulationAlgorithm, EncryptionAlgorithm, KEY_SPECS, KeyAgreementAlgorithm, KeyFamily, KeySpec, KeySpecRow, KeyUsage, MacAlgorithm,
    MessageType, SigningAlgorithm, WrappingAlgorithm, WrappingKeySpec,
};
pub use state::{Cell, CellResult, KeyState, cell};
pub use store::{AliasRef, KeyRef, Kms};
