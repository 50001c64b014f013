//! AWS KMS: keys, states, material, ciphertexts, aliases, grants and rotation, behind one [`Door`].
//!
//! What KMS knows about its operations is data: `tables/operations.csv` and `tables/key_states.csv`.
//! It knows nothing of the services that call it.

mod authorise;
mod billing;
mod ciphertext;
mod condition;
mod condition_keys;
mod context;
mod crypto;
mod default_policy;
mod demand;
mod door;
mod fit;
mod grant;
mod identifier;
mod key;
mod key_policy;
mod key_store;
mod lifecycle;
mod limits;
mod managed;
mod material;
mod members;
mod op;
mod operation;
mod quota;
mod record;
mod request;
mod response;
mod rules;
mod shapes;
mod spec;
mod state;
mod store;
mod target;

pub use authorise::{permission, policies_on_key, with_grants};
pub use billing::request_class;
pub(crate) use ciphertext::Ciphertext;
pub use condition::request_context;
pub use condition_keys::{CONDITION_KEYS, ConditionKeyRow, ValueShape};
pub use context::EncryptionContext;
pub use crypto::{Cipher, wrap_key_material};
pub use default_policy::default_key_policy;
pub use door::Door;
pub use grant::{GRANT_OPERATIONS, Grant, GrantConstraint, GrantMiss, GrantSet, GrantToken, grant_operations};
pub use identifier::{KeyId, KeyIdentifier};
pub use key::{
    AutomaticRotation, Deletion, HeldMaterial, Key, KeyManager, LastUsage, MultiRegionKeyType, NewKey, Rotation, StoreLink, Transition,
    Wait,
};
pub use key_policy::{RefusedCondition, is_policy_character, refused_condition};
pub use key_store::{
    Backing, CONNECTION_ERRORS, Connection, ConnectionErrorRow, CustomKeyStore, CustomKeyStores, ExternalKey, HsmCluster,
    ProxyConfiguration, VpcEndpointService, XksProxy, connection_error,
};
pub use lifecycle::NewReplica;
pub use material::{Material, MaterialId, customer_material};
pub use operation::{IdentifierKind, OPERATIONS, Operation, OperationRow, Parameter, Permission, PermissionTarget};
pub use operation::{key_permissions, works_across_accounts};
pub use quota::{Demand, QuotaRow, Quotas, REQUEST_QUOTAS, Rate};
pub use request::{Blob, Request, Timestamp};
pub use response::{CreateGrantResponse, DataKeyResponse, DecryptResponse, EncryptResponse, ReEncryptResponse, Response};
pub use rules::Rules;
pub use shapes::*;
pub use spec::{
    ConnectionErrorCode, ConnectionState, CustomKeyStoreType, DataKeySpec, DryRunModifier, EncapsulationAlgorithm, EncryptionAlgorithm,
    ExpirationModel, ImportType, InChina, IncludeKeyMaterial, KEY_SPECS, KeyAgreementAlgorithm, KeyFamily, KeySpec, KeySpecRow, KeyUsage,
    MacAlgorithm, MessageType, Origin, ResourceOwner, SigningAlgorithm, WrappingAlgorithm, WrappingKeySpec, XksProxyConnectivity,
};
pub use state::{Cell, CellResult, KeyState, cell};
pub use store::{Alias, AliasRef, KeyRef, Kms};
